"""How much longer a plan takes because its resources are in modules: a production environment, twice.

    python -m benchmarks.plan_modules [ROUNDS]

The flat configuration is written from the modules' own plan: the same resources with the values that the plan
knows and, for what AWS decides, references to an unknown value. Both are planned offline, from
an empty state.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tests.terraform.examples import PRODUCTION
from tests.terraform.roots import LOCAL_STATE, OFFLINE, copy_root, terraform_variables
from wrapper.terraform.binary import find_executable

Json = dict[str, Any]
_UNKNOWN = "${terraform_data.unknown.id}"
_REQUIRED_PROVIDERS = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}
"""


class Folder:
    """A configuration that is initialised and can be planned."""

    def __init__(self, path: Path, variables: Mapping[str, str]) -> None:
        self._path = path
        self._variables = dict(variables)
        self._terraform = str(find_executable().path)
        self._run("init", "-input=false")

    def plan(self) -> float:
        """Plan; return its duration in seconds."""
        started = time.perf_counter()
        self._run("plan", "-input=false", "-lock=false", "-refresh=false", "-out=plan")
        return time.perf_counter() - started

    def planned(self) -> Json:
        found: Json = json.loads(self._run("show", "-json", "plan"))
        return found

    def schemas(self) -> Json:
        document = json.loads(self._run("providers", "schema", "-json"))
        found: Json = document["provider_schemas"]["registry.terraform.io/hashicorp/aws"]["resource_schemas"]
        return found

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._terraform, *arguments, *(["-no-color"] if arguments[0] in ("init", "plan") else [])],
            cwd=self._path,
            env=self._variables,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"terraform {arguments[0]} failed in {self._path}:\n{done.stderr}")
        return done.stdout


def created(plan: Json) -> list[Json]:
    """Return the resources that a plan would create."""
    return [each for each in plan["resource_changes"] if each["mode"] == "managed"]


def given(module: Json, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield each resource of the configuration, by its address without keys, with its arguments."""
    for resource in module.get("resources", []):
        yield path + resource["address"], {*resource.get("expressions", {})}
    for name, call in module.get("module_calls", {}).items():
        yield from given(call["module"], f"{path}module.{name}.")


def flat(plan: Json, schemas: Json) -> Json:
    """Write the planned resources as one configuration without modules."""
    arguments = dict(given(plan["configuration"]["root_module"]))
    written: Json = {"terraform_data": {"unknown": {}}}
    for number, resource in enumerate(created(plan)):
        block = schemas[resource["type"]]["block"]
        change, address = resource["change"], re.sub(r'\[("[^"]*"|\d+)\]', "", resource["address"])
        body = _body(change["after"], change["after_unknown"], block, arguments[address])
        written.setdefault(resource["type"], {})[f"r{number}"] = body
    return {"resource": written}


def _body(values: Json, unknown: Any, block: Json, names: set[str] | None) -> Json:
    """Keep known values, and refer to an unknown one for the rest; `names` of inner blocks are left out."""
    found: Json = {}
    for name, attribute in block.get("attributes", {}).items():
        is_given = name in names if names is not None else not attribute.get("computed")
        value = values.get(name)
        if is_given and unknown.get(name):
            found[name] = _unknown(attribute["type"])
        elif is_given and value not in (None, [], {}, ""):
            found[name] = _escaped(value)
    for name, nested in block.get("block_types", {}).items():
        items, holes = listed(values.get(name)), listed(unknown.get(name))
        pairs: Iterator[tuple[Json, Any]] = zip_longest(items, holes, fillvalue={})
        inner = [_body(item, hole, nested["block"], None) for item, hole in pairs]
        if inner and (names is None or items):
            found[name] = inner
    return found


def _unknown(kind: Any) -> Any:
    """Return an unknown value of an attribute's type."""
    if isinstance(kind, list):
        return {"unknown": _UNKNOWN} if kind[0] == "map" else [_UNKNOWN]
    return _UNKNOWN


def listed(block: Any) -> list[Any]:
    """Return the blocks of one name: several, one, or none; an unknown block has none."""
    if isinstance(block, list):
        return [item or {} for item in block]
    return [block] if isinstance(block, dict) else []


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("${", "$${").replace("%{", "%%{")
    if isinstance(value, list):
        return [_escaped(item) for item in value]
    if isinstance(value, dict):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    return value


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        variables = terraform_variables(work)
        root = copy_root("stacks/app", work)
        (root / "terraform.tfvars.json").write_text(json.dumps(PRODUCTION))
        modules = Folder(root, variables)
        modules.plan()
        plan = modules.planned()
        flat_root = work / "flat"
        flat_root.mkdir()
        for name, text in (("versions", _REQUIRED_PROVIDERS), ("offline", OFFLINE), ("state", LOCAL_STATE)):
            (flat_root / f"{name}.tf").write_text(text)
        (flat_root / "main.tf.json").write_text(json.dumps(flat(plan, modules.schemas()), indent=1))
        without = Folder(flat_root, variables)
        without.plan()
        count = len(created(plan))
        assert len(created(without.planned())) == count + 1
        # In turn, so that a busy moment of the machine affects both.
        pairs = [(modules.plan(), without.plan()) for _ in range(rounds)]
    with_modules, without_modules = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"{count} resources, medians of {rounds} rounds")
    print(f"by modules  {with_modules:6.2f} s")
    print(f"flat        {without_modules:6.2f} s")
    print(f"ratio       {ratio:6.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)

"""The attributes that no configuration can set: only AWS sets them.

`terraform -chdir=terraform/stacks/app providers schema -json | python -m wrapper.terraform.plan.computed`
updates computed.json, for the types that terraform/ uses.
"""

import json
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_suffix(".json")
_RESOURCE = re.compile(r'^resource "(\w+)"', re.MULTILINE)


@cache
def computed() -> Mapping[str, frozenset[str]]:
    """Return the names of these attributes by type; none for a type that no stack uses."""
    return {kind: frozenset(names) for kind, names in json.loads(FILE.read_text()).items()}


def table(schemas: Mapping[str, Any], terraform: Path) -> str:
    """Return the content of computed.json, from `providers schema -json` and the configurations."""
    texts = [path.read_text() for path in sorted(terraform.rglob("*.tf"))]
    used = {kind for text in texts for kind in _RESOURCE.findall(text)}
    known = {
        kind: schema["block"].get("attributes", {})
        for provider in schemas["provider_schemas"].values()
        for kind, schema in provider.get("resource_schemas", {}).items()
        if kind in used
    }
    lines = [f"  {json.dumps(kind)}: {json.dumps(_computed(known[kind]))}" for kind in sorted(known)]
    return "{\n" + ",\n".join(line for line in lines if not line.endswith("[]")) + "\n}\n"


def _computed(attributes: Mapping[str, Any]) -> list[str]:
    return sorted(
        name
        for name, attribute in attributes.items()
        if attribute.get("computed") and not attribute.get("optional")
    )


if __name__ == "__main__":
    FILE.write_text(table(json.load(sys.stdin), Path(__file__).parents[3] / "terraform"))

"""A state as if a stack had been applied, made without AWS: Terraform's plans with invented answers of AWS.

A first plan leaves unknown values (ids, ARNs, references to them). Those that only AWS can know are invented.
Another plan on that state fills in the references, level by level, until nothing is left to change.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Json = Any
_MOST_ROUNDS = 12
# Values for which the provider accepts few words, or would replace the resource.
_KNOWN = {"protocol_version": "HTTP1"}


class OfflineStack:
    """One stack's copy: it plans without refreshing, on a state that AWS never had."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        self._environment = {**os.environ, **variables}
        self._run("init", "-input=false")
        self._schemas: Json = None

    def plan(self, values: str, *, destroy: bool = False) -> Json:
        """Return `show -json` of a plan of these tfvars."""
        (self._folder / "made.tfvars").write_text(values, encoding="utf-8")
        flags = ["-destroy"] if destroy else []
        self._run(
            "plan", "-refresh=false", "-input=false", "-out=made.tfplan", "-var-file=made.tfvars", *flags
        )
        return json.loads(self._run("show", "-json", "made.tfplan"))

    def settle(self, values: str, *, rounds: int | None = None) -> None:
        """Write a state with which these tfvars change nothing, or little after so many rounds."""
        resources: dict[str, Json] = {}
        outputs: Json = {}
        for _ in range(rounds or _MOST_ROUNDS):
            document = self.plan(values)
            changes = [each for each in document["resource_changes"] if each["mode"] == "managed"]
            busy = [each for each in changes if each["change"]["actions"] != ["no-op"]]
            if not busy and outputs:
                return
            for change in changes:
                resources.setdefault(change["address"], change["change"]["before"] or {})
            for change in busy:
                resources[change["address"]] = self._instance(change, resources[change["address"]])
            outputs = document["planned_values"].get("outputs", {})
            self._write_state(changes, resources, outputs)
        if rounds is None:
            raise RuntimeError(f"{self._folder} must settle in {_MOST_ROUNDS} rounds.")

    def _instance(self, change: Json, before: Json) -> Json:
        """Use the planned values; keep or invent those that only AWS decides."""
        values = dict(change["change"]["after"])
        holes = change["change"]["after_unknown"]
        attributes = self._schema(change["type"])["block"]["attributes"]
        # References get one, too, until the next round knows their target.
        for name, attribute in attributes.items():
            if holes.get(name) is True:
                values[name] = before.get(name) or _stand_in(change, name, attribute["type"])
        return values

    def _schema(self, kind: str) -> Json:
        if self._schemas is None:
            [provider] = json.loads(self._run("providers", "schema", "-json"))["provider_schemas"].values()
            self._schemas = provider["resource_schemas"]
        return self._schemas[kind]

    def _write_state(self, changes: list[Json], resources: Mapping[str, Json], outputs: Json) -> None:
        state = {
            "version": 4,
            "terraform_version": "1.11.0",
            "serial": 1,
            "lineage": "11111111-2222-3333-4444-555555555555",
            "outputs": {
                name: {"value": output["value"], "type": output["type"]}
                for name, output in outputs.items()
                if "value" in output
            },
            "resources": list(self._state_resources(changes, resources)),
        }
        (self._folder / "terraform.tfstate").write_text(json.dumps(state), encoding="utf-8")

    def _state_resources(self, changes: list[Json], resources: Mapping[str, Json]) -> Iterator[Json]:
        """Group the instances of one `for_each` or `count` under their resource."""
        grouped: dict[tuple[str, str, str, str], list[Json]] = {}
        for change in changes:
            place = (change.get("module_address", ""), change["provider_name"])
            key = (*place, change["type"], change["name"])
            instance = {
                "schema_version": self._schema(change["type"])["version"],
                "attributes": resources[change["address"]],
            }
            grouped.setdefault(key, []).append(instance | _index(change))
        for (module, provider, kind, name), instances in grouped.items():
            yield ({"module": module} if module else {}) | {
                "mode": "managed",
                "type": kind,
                "name": name,
                "provider": f'provider["{provider}"]',
                "instances": instances,
            }

    def _run(self, *words: str) -> str:
        completed = subprocess.run(
            ["terraform", *words, "-no-color"] if words[0] != "show" else ["terraform", *words],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if completed.returncode:
            raise RuntimeError(f"terraform {words[0]} failed in {self._folder}: {completed.stderr}")
        return completed.stdout


def _index(change: Json) -> dict[str, Json]:
    return {"index_key": change["index"]} if "index" in change else {}


def _stand_in(change: Json, name: str, kind: Json) -> Json:
    """Invent a value of the attribute's type that contains its name."""
    label = f"{change['type'].removeprefix('aws_')}-{change['name']}-{change.get('index', 0)}"
    match kind:
        case "string" if name in _KNOWN:
            return _KNOWN[name]
        case "string" if name.endswith("arn"):
            return f"arn:aws:made:eu-west-1:222222222222:{label}"
        case "string":
            return f"{name}-{label}"
        case "number":
            return 1
        case "bool":
            return False
        case ["map", _]:
            return {}
    return []

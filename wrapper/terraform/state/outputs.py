"""What the last apply left, read from the state itself: no terraform, no lock, milliseconds."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from wrapper.aws.client import Aws
from wrapper.terraform.state.document import read_state


def outputs(aws: Aws, bucket: str, key: str) -> dict[str, Any]:
    """Return a stack's outputs by name; empty before the first apply and after a destroy."""
    return read_state(aws, bucket, key, _outputs) or {}


def resources(aws: Aws, bucket: str, key: str) -> list[dict[str, Any]]:
    """Return what the stack manages, written as a plan writes resources that it leaves alone."""
    return read_state(aws, bucket, key, lambda state: as_planned(state["resources"])) or []


def _outputs(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each["value"] for name, each in state["outputs"].items()}


def as_planned(resources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Write a state's resources as a plan writes those that it leaves alone."""
    return [
        _unchanged(resource, instance)
        for resource in resources
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    ]


def _unchanged(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> dict[str, Any]:
    module, index = resource.get("module", ""), instance.get("index_key")
    named = f"{resource['type']}.{resource['name']}"
    where = ".".join(filter(None, [module, named])) + ("" if index is None else f"[{json.dumps(index)}]")
    values = instance["attributes"]
    return {
        "address": where,
        "module_address": module,
        "mode": "managed",
        "type": resource["type"],
        "name": resource["name"],
        "index": index,
        "change": {"actions": ["no-op"], "before": values, "after": values},
    }

"""The outputs and resources of the last apply, read from the state: no terraform, no lock, milliseconds."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from wrapper.aws.client import Aws
from wrapper.terraform.state.document import read_state


def outputs(aws: Aws, bucket: str, key: str) -> dict[str, Any]:
    """Return a stack's outputs by name; empty before the first apply and after a destroy."""
    return read_state(aws, bucket, key, _outputs) or {}


def resources(aws: Aws, bucket: str, key: str) -> list[dict[str, Any]]:
    """Return the stack's resources in the form of a plan's unchanged ones."""
    return read_state(aws, bucket, key, lambda state: as_planned(state["resources"])) or []


def without(aws: Aws, bucket: str, key: str, addresses: Collection[str]) -> bytes:
    """Return a copy of the state that lacks the resources at these addresses, for a plan that only reads."""
    state = read_state(aws, bucket, key, dict) or {}
    for resource in state["resources"]:
        if resource["mode"] == "managed":
            kept = [each for each in resource["instances"] if _address(resource, each) not in addresses]
            resource["instances"] = kept
    # A resource without instances would be an empty map for the outputs, not an unknown one.
    state["resources"] = [each for each in state["resources"] if each["instances"]]
    return json.dumps(state).encode()


def _outputs(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each["value"] for name, each in state["outputs"].items()}


def as_planned(resources: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a state's resources in the form of a plan's unchanged ones."""
    return [
        _unchanged(resource, instance)
        for resource in resources
        if resource["mode"] == "managed"
        for instance in resource["instances"]
    ]


def _address(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> str:
    index, named = instance.get("index_key"), f"{resource['type']}.{resource['name']}"
    where = ".".join(filter(None, [resource.get("module", ""), named]))
    return where + ("" if index is None else f"[{json.dumps(index)}]")


def _unchanged(resource: Mapping[str, Any], instance: Mapping[str, Any]) -> dict[str, Any]:
    index, values = instance.get("index_key"), instance["attributes"]
    return {
        "address": _address(resource, instance),
        "module_address": resource.get("module", ""),
        "mode": "managed",
        "type": resource["type"],
        "name": resource["name"],
        "index": index,
        "change": {"actions": ["no-op"], "before": values, "after": values},
    }

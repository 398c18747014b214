"""What the last apply left, read from the state itself: no terraform, no lock, milliseconds."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from wrapper.aws import Aws, explained
from wrapper.errors import TerraformError

T = TypeVar("T")


def outputs(aws: Aws, bucket: str, key: str) -> dict[str, Any]:
    """Return a stack's outputs by name; empty before the first apply and after a destroy.

    Reads version 4 of the state's format, which Terraform has written since 0.12; raises TerraformError for
    any other.
    """
    found = _read(
        aws, bucket, key, lambda state: {name: each["value"] for name, each in state.items()}, "outputs"
    )
    return found or {}


def names_of(aws: Aws, bucket: str, key: str, *, kind: str) -> set[str]:
    """Return the `name`s of the resources of a type that the stack manages, half an apply's included."""
    return _read(aws, bucket, key, lambda resources: set(_names(resources, kind)), "resources") or set()


def resources(aws: Aws, bucket: str, key: str) -> list[dict[str, Any]]:
    """Return what the stack manages, written as a plan writes resources that it leaves alone."""
    return _read(aws, bucket, key, _as_planned, "resources") or []


def _as_planned(resources: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
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


def _names(resources: list[Mapping[str, Any]], kind: str) -> list[str]:
    ours = [each for each in resources if each["mode"] == "managed" and each["type"] == kind]
    return [instance["attributes"]["name"] for each in ours for instance in each["instances"]]


def _read(aws: Aws, bucket: str, key: str, understand: Callable[[Any], T], part: str) -> T | None:
    """Let `understand` read a part of the state; None without a state."""
    with explained():
        try:
            content = aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket):
            return None
    try:
        document = json.loads(content)
        if document["version"] != 4:
            raise ValueError(f"version {document['version']}")
        return understand(document[part])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TerraformError(f"s3://{bucket}/{key} must be a state of version 4, got {error}.") from error

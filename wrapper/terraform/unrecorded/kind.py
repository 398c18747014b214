"""How an existing resource of one of Terraform's types is found in AWS by its planned values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.aws.client import Aws

Values = Mapping[str, Any]
Tags = Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """An existing resource: `address` is its import id, `ids` are its ids in a state.

    `tags` are its own, or those of the resource to which it belongs, if AWS gives it none. With None, it is
    the environment's by its content.
    """

    address: str
    tags: Tags | None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """`keys` are the attributes that identify it; `find` is called once all of them are known."""

    keys: tuple[str, ...]
    find: Callable[[Aws, Values], Found | None]


def pairs(values: Tags) -> list[Any]:
    """Return tags as filters of EC2."""
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in values.items()]

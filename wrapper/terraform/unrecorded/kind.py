"""How a thing of one of Terraform's types is found in AWS by what a plan says of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.aws.client import Aws

Values = Mapping[str, Any]
Tags = Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """What is there: `address` is what Terraform imports it by, `ids` are its own, as a state has them.

    `tags` are those of the thing, or of what it is a part of, where AWS gives it none of its own. None: it is
    ours by what it says.
    """

    address: str
    tags: Tags | None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kind:
    """`keys` are the attributes that tell one from the next; `find` is asked once all of them are known."""

    keys: tuple[str, ...]
    find: Callable[[Aws, Values], Found | None]


def pairs(values: Tags) -> list[Any]:
    """Write tags as filters of EC2's."""
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in values.items()]

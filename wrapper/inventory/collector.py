"""Collectors: functions that list an account's resources of some kinds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wrapper.aws.client import Aws
from wrapper.inventory.resource import Resource, Scope

Listing = Callable[[Aws, Scope], Iterator[Resource]]
Question = Callable[[Aws, Resource], bool]


@dataclass(frozen=True)
class Kind:
    """A kind of resource: `service` and `name` as in a `Resource`.

    `arns` are the kinds in ARNs, as `service:type`, of the resource and of what is deleted with it; `types`
    are Terraform's types, of the resource first, then of its parts.
    """

    service: str
    name: str
    arns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collector:
    """Lists resources of its kinds; what the tagging API lists of these kinds is ignored.

    `is_there` asks AWS for one resource by its id, if lists contain deleted ones for a while.
    """

    kinds: tuple[Kind, ...]
    listing: Listing
    is_there: Question | None = None

    def __call__(self, aws: Aws, scope: Scope) -> Iterator[Resource]:
        for resource in self.listing(aws, scope):
            if self.is_there is None or self.is_there(aws, resource):
                yield resource


def collects(*kinds: Kind, is_there: Question | None = None) -> Callable[[Listing], Collector]:
    """Declare the kinds that a function lists."""
    return lambda listing: Collector(kinds, listing, is_there)

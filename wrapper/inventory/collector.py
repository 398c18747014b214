"""What lists the things of an account, and which kinds of them it answers for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wrapper.aws.client import Aws
from wrapper.inventory.resource import Resource, Scope

Listing = Callable[[Aws, Scope], Iterator[Resource]]
Question = Callable[[Aws, Resource], bool]


@dataclass(frozen=True)
class Kind:
    """A kind of thing: `service` and `name` as in a `Resource`.

    `arns` are what ARNs call it and what goes with it, as `service:type`; `types` are Terraform's, the thing
    itself first, then what is a part of it and goes with it.
    """

    service: str
    name: str
    arns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collector:
    """Lists things of its kinds; what the tagging API says of these kinds is left to it.

    `is_there` asks AWS for one thing by its id, where a list may be late and that answer isn't.
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

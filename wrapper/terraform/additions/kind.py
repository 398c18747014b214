"""A kind of part that AWS lists for each resource it hangs on: how it is found, reported and deleted."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from wrapper.aws.client import Aws
from wrapper.terraform.additions.addition import Addition, Call, States, is_gone

# What a call is asked with, and an item of its answer.
Asked = Mapping[str, Any]
Item = Any


def _all(aws: Aws, states: States, asked: Asked, items: Sequence[Item]) -> Iterable[Item]:
    return items


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Say it of the parts of every resource of type `of`; `attribute` is under which they are shown.

    `asked` makes what `client.read` is called with, of the resource's attribute `by`; the items are in the
    answer under `listed`. `name` identifies an item, as `declared_by` does: an attribute of a resource
    type, and which other one names the resource that it hangs on, if any does. `left` drops what is of
    others, or completes it. `opens` is as in Addition; `undo` makes the parameters of `client.drop`. Only
    resources whose attributes are as in `where` can have any.
    """

    of: str
    by: str
    attribute: str
    client: str
    read: str
    listed: str
    asked: Callable[[str], Asked]
    name: Callable[[Item], str]
    declared_by: tuple[str, str, str | None]
    content: Callable[[Item], Any]
    sentence: Callable[[Item], str]
    opens: bool
    drop: str
    undo: Callable[[Asked, Item], Mapping[str, Any]]
    left: Callable[[Aws, States, Asked, Sequence[Item]], Iterable[Item]] = _all
    where: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, aws: Aws, states: States, stack: str) -> Iterator[Addition]:
        """Find those that no state declares. What is gone itself is Terraform's to find."""
        from botocore.exceptions import ClientError

        declaring, attribute, owner = self.declared_by
        for thing in states.of_type(self.of, stack=stack):
            if not self.where.items() <= thing.values.items():
                continue
            whose = thing.values[self.by]
            asked = self.asked(whose)
            ours = states.declared(declaring, attribute, **({owner: whose} if owner else {}))
            try:
                items = [each for each in self._items(aws, asked) if self.name(each) not in ours]
                for each in self.left(aws, states, asked, items):
                    yield thing.with_(
                        attribute=self.attribute,
                        content=self.content(each),
                        sentence=self.sentence(each),
                        opens=self.opens,
                        undo=Call(self.client, self.drop, self.undo(asked, each)),
                    )
            except ClientError as error:
                if not is_gone(error):
                    raise

    def _items(self, aws: Aws, asked: Asked) -> Iterator[Item]:
        client: Any = getattr(aws, self.client)
        for page in client.get_paginator(self.read).paginate(**asked):
            yield from page[self.listed]

"""One box of the picture, and what happens to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from wrapper.terraform.plan import Action, Mask, ResourceChange


class State(StrEnum):
    """From the largest change to none."""

    REMOVED = "removed"
    REPLACED = "replaced"
    CHANGED = "changed"
    NEW = "new"
    UNCHANGED = "unchanged"


_STATES = {
    Action.CREATE: State.NEW,
    Action.DELETE: State.REMOVED,
    Action.FORGET: State.REMOVED,
    Action.REPLACE: State.REPLACED,
    Action.UPDATE: State.CHANGED,
}


class Fact(NamedTuple):
    """A short text; `before` is None for one that stays, either side is empty if there was or is none."""

    before: str | None
    after: str


@dataclass(frozen=True, kw_only=True)
class Node:
    """A resource to draw: `kind` is its icon, `facts` are short texts of the state after the plan.

    `changes` has each with its value before. `search` finds it and its parts among the changes.
    """

    kind: str
    title: str
    label: str
    state: State
    address: str
    facts: tuple[str, ...] = ()
    changes: tuple[Fact, ...] = ()
    search: str = ""


@dataclass(frozen=True, kw_only=True)
class Heap:
    """Many resources of one type, counted by what happens to them."""

    kind: str
    title: str
    type: str
    states: Mapping[State, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(self.states.values())


def states_of(box: Node | Heap) -> Mapping[State, int]:
    """Count what happens in a box."""
    return box.states if isinstance(box, Heap) else {box.state: 1}


def worst_first(nodes: Iterable[Node]) -> list[Node]:
    """Put changes before what stays; equal states keep their order."""
    order = list(State)
    return sorted(nodes, key=lambda node: order.index(node.state))


def state_of(resource: ResourceChange, parts: Iterable[ResourceChange] = ()) -> State:
    """Return the state of a resource; an unchanged one changes with its parts."""
    state = _STATES.get(resource.action, State.UNCHANGED)
    if state is State.UNCHANGED and any(each.action in _STATES for each in parts):
        return State.CHANGED
    return state


def values_of(resource: ResourceChange) -> Mapping[str, Any]:
    return resource.after or resource.before or {}


def text(value: Any) -> str:
    """Write a value that is known and may be shown; else an empty text."""
    if isinstance(value, bool) or value is None or isinstance(value, Mask | dict | list):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def label(resource: ResourceChange) -> str:
    """Take AWS's name for it, else Terraform's."""
    values = values_of(resource)
    tags = values.get("tags")
    named = tags.get("Name") if isinstance(tags, dict) else None
    own = f"{resource.name}[{resource.key}]" if resource.key is not None else resource.name
    return next(filter(None, (text(values.get(key)) for key in _NAMES)), "") or text(named) or own


# The attributes with AWS's names of resources, the best first.
_NAMES = (
    "name",
    "bucket",
    "function_name",
    "identifier",
    "alarm_name",
    "dashboard_name",
    "cluster_identifier",
)

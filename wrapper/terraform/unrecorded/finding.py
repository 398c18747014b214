"""Everything that a plan would create a second time."""

from collections.abc import Container, Mapping
from typing import Any

from wrapper.aws.client import Aws, explained
from wrapper.terraform.plan import Action, Mask, Plan, ResourceChange
from wrapper.terraform.unrecorded import fronts, named, network
from wrapper.terraform.unrecorded.kind import Found, Kind, Tags, Values

KINDS: Mapping[str, Kind] = {**network.KINDS, **named.KINDS, **fronts.KINDS}


def unrecorded(aws: Aws, plan: Plan, *, tags: Tags, managed: Container[str]) -> dict[str, str]:
    """Return what exists of what the plan would create: addresses, each with the id to import.

    It has the environment's `tags`, and no state has it: `managed` are their ids and ARNs. A part of another
    resource is found once that is known, so ask again for the next plan. Raises WrapperError.
    """
    found = {}
    with explained():
        for each in plan.by_action(Action.CREATE):
            there = _look(aws, plan, each)
            if there and _is_ours(there, tags) and not any(name in managed for name in there.ids):
                found[each.address] = there.address
    return found


def _look(aws: Aws, plan: Plan, change: ResourceChange) -> Found | None:
    kind, values = KINDS.get(change.type), change.after or {}
    if kind is None or not _is_known(kind, values) or _goes(plan, change, kind):
        return None
    return kind.find(aws, values)


def _is_known(kind: Kind, values: Values) -> bool:
    return Mask.UNKNOWN not in _keys(kind, values)


def _goes(plan: Plan, change: ResourceChange, kind: Kind) -> bool:
    """Return whether this very plan removes the existing resource, under another address."""
    leaving = plan.by_action(Action.DELETE, Action.REPLACE)
    return any(
        each.type == change.type and _keys(kind, each.before or {}) == _keys(kind, change.after or {})
        for each in leaving
    )


def _keys(kind: Kind, values: Values) -> list[Any]:
    return [_value(values, key) for key in kind.keys]


def _value(values: Values, key: str) -> Any:
    """Read an attribute, or one inside it, such as `tags_all.Name`; None for an empty text, as in AWS."""
    outer, _, inner = key.partition(".")
    value = values.get(outer)
    if inner and isinstance(value, Mapping):
        value = value.get(inner)
    return None if value == "" else value


def _is_ours(found: Found, tags: Tags) -> bool:
    return found.tags is None or all(found.tags.get(key) == value for key, value in tags.items())

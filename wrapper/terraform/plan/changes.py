"""The parts of a plan, and their text."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from wrapper.terraform.plan.values import Json, Mask

_LONGEST_VALUE = 60
# The number of characters shown before a difference.
_CONTEXT = 20


class Action(StrEnum):
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    FORGET = "forget"
    NO_OP = "no-op"


_SIGNS = {
    Action.CREATE: "+",
    Action.READ: "<=",
    Action.UPDATE: "~",
    Action.REPLACE: "-/+",
    Action.DELETE: "-",
    Action.FORGET: ".",
    Action.NO_OP: " ",
}

# https://developer.hashicorp.com/terraform/internals/json-format#change-representation
_REASONS = {
    "replace_because_cannot_update": "cannot be changed in place",
    "replace_because_tainted": "was left damaged, or marked so",
    "replace_by_request": "replacement was requested",
    "replace_by_triggers": "something it depends on is replaced or changed",
    "delete_because_no_resource_config": "no longer in the configuration",
    "delete_because_no_module": "its module is no longer in the configuration",
    "delete_because_no_move_target": "moved to an address without configuration",
    "delete_because_wrong_repetition": "count or for_each was added or removed",
    "delete_because_count_index": "beyond the count",
    "delete_because_each_key": "its key is no longer in for_each",
}


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Count resources; a replacement counts as one added and one destroyed."""

    add: int = 0
    change: int = 0
    destroy: int = 0

    @property
    def total(self) -> int:
        return self.add + self.change + self.destroy

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(
            add=self.add + other.add,
            change=self.change + other.change,
            destroy=self.destroy + other.destroy,
        )

    def __str__(self) -> str:
        return f"{self.add} to add, {self.change} to change, {self.destroy} to destroy"


@dataclass(frozen=True, kw_only=True)
class AttributeChange:
    """One scalar that differs; `path` is like `ingress[0].cidr_blocks`, absent values are None."""

    path: str
    before: Json
    after: Json
    forces_replacement: bool = False

    @property
    def texts(self) -> tuple[str, str]:
        """Return both values whole, without quotes; an absent one is `none`."""
        old, new = (
            str(each or "none") if each is None or isinstance(each, str) else _text(each)
            for each in (self.before, self.after)
        )
        return old, new

    def __str__(self) -> str:
        because = "  (forces the replacement)" if self.forces_replacement else ""
        return f"{self.path}: {' → '.join(_pair(self.before, self.after))}{because}"


@dataclass(frozen=True, kw_only=True)
class ResourceChange:
    """The change of one resource. `reason` is Terraform's, such as replace_because_cannot_update.

    `forced_by` names the attributes that force a replacement; with `create_first` the new one exists before
    the old one is deleted; a `moved` block sets `previous_address`. `before` and `after` are all its values,
    masked, None where it does not exist; JSON documents inside them are decoded.
    """

    address: str
    type: str
    name: str
    module: str
    key: str | int | None
    action: Action
    reason: str | None = None
    create_first: bool = False
    imported: bool = False
    previous_address: str | None = None
    forced_by: tuple[str, ...] = ()
    attributes: tuple[AttributeChange, ...] = ()
    before: Mapping[str, Json] | None = field(default=None, repr=False)
    after: Mapping[str, Json] | None = field(default=None, repr=False)

    @property
    def is_data(self) -> bool:
        """Return whether it is a data source: something that others own."""
        return self.address.removeprefix(self.module).removeprefix(".").startswith("data.")

    @property
    def because(self) -> str:
        """Return Terraform's reason in plain words; an unknown one as it is."""
        return _REASONS.get(self.reason or "", (self.reason or "").replace("_", " "))

    def lines(self) -> Iterator[str]:
        """Yield the address, then the differences; a created or deleted resource is its address alone."""
        sign = "+/-" if self.create_first else _SIGNS[self.action]
        moved = f" (was {self.previous_address})" if self.previous_address else ""
        imported = " (imported)" if self.imported else ""
        why = f" ({self.because})" if self.reason else ""
        yield f"{sign:>3} {self.address}{moved}{imported}{why}"
        if self.action in (Action.UPDATE, Action.REPLACE):
            for attribute in self.attributes:
                # What a replacement computes again (ids, ARNs) would hide the requested change.
                computed = self.action is Action.REPLACE and attribute.after is Mask.UNKNOWN
                if attribute.forces_replacement or not computed:
                    yield f"      {attribute}"


@dataclass(frozen=True, kw_only=True)
class OutputChange:
    name: str
    action: Action
    before: Json
    after: Json

    def __str__(self) -> str:
        return f"{_SIGNS[self.action]:>3} output {self.name}: {_short(self.before)} → {_short(self.after)}"


@dataclass(frozen=True, kw_only=True)
class FailedCheck:
    """The messages of a `check` block or condition that does not hold."""

    address: str
    messages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A plan: `resources` will change, `drift` changed outside Terraform before.

    `resources` has no no-ops, unless the resource moves or is imported; the others are `unchanged`. `skipped`
    says what of the plan was not understood.
    """

    stack: str
    terraform_version: str
    resources: tuple[ResourceChange, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    drift: tuple[ResourceChange, ...] = ()
    failed_checks: tuple[FailedCheck, ...] = ()
    unchanged: tuple[ResourceChange, ...] = ()
    skipped: tuple[str, ...] = ()

    @property
    def everything(self) -> tuple[ResourceChange, ...]:
        return self.resources + self.unchanged

    def by_action(self, *actions: Action) -> tuple[ResourceChange, ...]:
        return tuple(resource for resource in self.resources if resource.action in actions)

    @property
    def summary(self) -> Summary:
        return Summary(
            add=len(self.by_action(Action.CREATE, Action.REPLACE)),
            change=len(self.by_action(Action.UPDATE)),
            destroy=len(self.by_action(Action.DELETE, Action.REPLACE)),
        )

    @property
    def has_changes(self) -> bool:
        return any(each.action is not Action.READ for each in self.resources) or bool(self.outputs)

    def text(self) -> str:
        lines = [f"{self.stack}: {self.summary if self.has_changes else 'no changes'}"]
        for resource in self.resources:
            lines += resource.lines()
        lines += [str(output) for output in self.outputs]
        for check in self.failed_checks:
            lines += [f"  ! {check.address}: {message}" for message in check.messages]
        lines += [f"  ? {skipped}" for skipped in self.skipped]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return the changes without the unchanged resources, which would be most of the document."""
        resources, drift = map(_without_values, (self.resources, self.drift))
        document = asdict(replace(self, resources=resources, drift=drift, unchanged=()))
        del document["unchanged"]
        for resource in (*document["resources"], *document["drift"]):
            del resource["before"], resource["after"]
        return {"changes": self.has_changes, "summary": asdict(self.summary), **document}


def _without_values(resources: Iterable[ResourceChange]) -> tuple[ResourceChange, ...]:
    """Leave out whole values, which would be copied for nothing: changes are in the attributes."""
    return tuple(replace(each, before=None, after=None) for each in resources)


def _pair(before: Json, after: Json) -> tuple[str, str]:
    """Cut two long values to where they begin to differ: two images differ in the last of 100 characters."""
    texts = _text(before), _text(after)
    shorter = min(map(len, texts))
    same = next((i for i, (old, new) in enumerate(zip(*texts, strict=False)) if old != new), shorter)
    if shorter <= _LONGEST_VALUE or same < _LONGEST_VALUE // 2:
        return _cut(texts[0]), _cut(texts[1])
    start = same - _CONTEXT
    return _cut(f"…{texts[0][start:]}"), _cut(f"…{texts[1][start:]}")


def _short(value: Json) -> str:
    return _cut(_text(value))


def _text(value: Json) -> str:
    if value is None or isinstance(value, Mask):
        return str(value or "none")
    return json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"

"""The changes on the page: one line each, with its attributes folded below."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from wrapper.review.picture.node import State, state_of
from wrapper.review.views.changes import SIGNS
from wrapper.terraform.plan import Action, AttributeChange, Mask, Plan, ResourceChange
from wrapper.terraform.plan.values import Json

# More of one value, or of one resource, helps nobody and makes the page heavy.
_LONGEST_VALUE = 400
_MOST_ATTRIBUTES = 150
_ORDER = (State.REMOVED, State.REPLACED, State.CHANGED, State.NEW, State.UNCHANGED)


class Row(NamedTuple):
    """One attribute; a value that is absent is an empty text."""

    path: str
    before: str
    after: str
    forces: bool


class Entry(NamedTuple):
    """One resource or output; `why` is its reason, `hidden` counts what is not listed."""

    state: State
    sign: str
    module: str
    name: str
    why: str
    rows: tuple[Row, ...]
    unknown: int = 0
    hidden: int = 0

    @property
    def is_output(self) -> bool:
        return self.name.startswith("output ")


def entries(plan: Plan) -> Iterator[Entry]:
    """Yield the changes, the most harmful first, the outputs last."""
    happening = [each for each in plan.resources if each.action is not Action.READ]
    states = [(state_of(each), each) for each in happening]
    for state in _ORDER:
        yield from (_entry(found, each) for found, each in states if found is state)
    for output in plan.outputs:
        row = Row("value", _text(output.before), _text(output.after), False)
        state = State.NEW if output.action is Action.CREATE else State.CHANGED
        state = State.REMOVED if output.action is Action.DELETE else state
        yield Entry(state, SIGNS[state], "", f"output {output.name}", "", (row,))


def counts(found: Iterable[Entry]) -> Mapping[State, int]:
    """Count the entries of each state."""
    counted = Counter(entry.state for entry in found)
    return {state: counted[state] for state in _ORDER if counted[state]}


def _entry(state: State, resource: ResourceChange) -> Entry:
    known = [
        each for each in resource.attributes if each.after is not Mask.UNKNOWN or each.forces_replacement
    ]
    name = resource.address.removeprefix(resource.module).removeprefix(".")
    return Entry(
        state=state,
        sign=SIGNS[state],
        module=resource.module,
        name=name,
        why=_why(resource),
        rows=tuple(_row(each) for each in known[:_MOST_ATTRIBUTES]),
        unknown=len(resource.attributes) - len(known),
        hidden=max(len(known) - _MOST_ATTRIBUTES, 0),
    )


def _why(resource: ResourceChange) -> str:
    told = [
        f"was {resource.previous_address}" if resource.previous_address else "",
        "imported" if resource.imported else "",
        resource.because,
        "new one first" if resource.create_first else "",
        "forgotten, not destroyed" if resource.action is Action.FORGET else "",
    ]
    return ", ".join(filter(None, told))


def _row(attribute: AttributeChange) -> Row:
    before, after = _text(attribute.before), _text(attribute.after)
    return Row(attribute.path, before, after, attribute.forces_replacement)


def _text(value: Json) -> str:
    if value is None:
        return ""
    text = str(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text):,} characters)"

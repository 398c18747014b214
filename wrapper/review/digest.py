"""What changes, in at most five lines: old and new of the most important attributes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

from wrapper.console import plural
from wrapper.review.picture.facts import facts
from wrapper.review.picture.kinds import KINDS, LOAD_BALANCERS, SERVICES, counted
from wrapper.review.picture.node import State, label, state_of
from wrapper.review.picture.parts import Parts
from wrapper.terraform.plan import Action, AttributeChange, Mask, OutputChange, Plan, ResourceChange

MOST = 5
# The number of kinds that are named of created or destroyed resources.
_MOST_KINDS = 4
# Longer values are cut to where they differ, with this many characters before that.
_LONGEST, _CONTEXT = 40, 10
_DIGEST = re.compile(r"^(?:.*/)?([^/@]*)(@?sha256:[0-9a-f]{12})[0-9a-f]{52}$")
# What users change on purpose; the last part of an attribute's path, the most important first.
_TELLING = ("image", "cpu", "memory", "desired_count", "min_capacity", "max_capacity", "name")


class Change(NamedTuple):
    """A line: texts, empty without a value. `more` says what else changes, or counts it."""

    state: State
    what: str
    attribute: str = ""
    before: str = ""
    after: str = ""
    more: str = ""


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """A service with its parts, or a resource."""

    state: State
    what: str
    attributes: tuple[AttributeChange, ...]


def digest(plans: Iterable[Plan]) -> tuple[Change, ...]:
    """Return the lines, the most harmful change first; none without changes."""
    seen = list(plans)
    resources = [each for plan in seen for each in plan.resources if each.action is not Action.READ]
    gone = [each for each in resources if state_of(each) is State.REMOVED]
    come = [each for each in resources if state_of(each) is State.NEW]
    subjects = list(_subjects(seen))
    first, last = list(_counted(State.REMOVED, gone)), list(_counted(State.NEW, come))
    changed = list(_changed(subjects, MOST - len(first) - len(last)))
    room = MOST - len(first) - len(changed) - len(last)
    lines = [*first, *changed, *islice(_new_services(seen), room if len(come) > 1 else 0), *last]
    return tuple(lines or _outputs(chain.from_iterable(plan.outputs for plan in seen)))


def _counted(state: State, resources: Sequence[ResourceChange]) -> Iterator[Change]:
    """Name a single created or destroyed resource, count several."""
    if len(resources) == 1:
        yield Change(state, resources[0].address)
    elif resources:
        kinds = Counter(each.type for each in resources)
        told = sorted(kinds, key=lambda kind: (_rank(kind), -kinds[kind]))
        named = [counted(kind, kinds[kind]) for kind in told[:_MOST_KINDS]]
        rest = sum(kinds[kind] for kind in told[_MOST_KINDS:])
        yield Change(
            state,
            plural(len(resources), "resource"),
            more=", ".join([*named, plural(rest, "other")] if rest else named),
        )


def _new_services(plans: Iterable[Plan]) -> Iterator[Change]:
    """Describe each new service as its box in the picture does."""
    for plan in plans:
        parts = Parts.of(plan.everything)
        for service in plan.by_action(Action.CREATE):
            if service.type in SERVICES:
                told = facts(service, parts.belonging_to(service))
                yield Change(State.NEW, f"service {label(service)}", more=", ".join(told))


def _rank(kind: str) -> int:
    order = (kind in SERVICES, kind in LOAD_BALANCERS, kind in KINDS)
    return next((place for place, is_it in enumerate(order) if is_it), len(order))


def _subjects(plans: Iterable[Plan]) -> Iterator[_Subject]:
    """Yield each changed service with its parts as one, every other resource by its address."""
    for plan in plans:
        parts = Parts.of(plan.everything)
        placed: set[str] = set()
        for service in (each for each in plan.everything if each.type in SERVICES):
            group = (service, *parts.belonging_to(service))
            state = state_of(service, group[1:])
            if state in (State.CHANGED, State.REPLACED):
                placed |= {each.address for each in group}
                yield _Subject(
                    state=state, what=f"service {label(service)}", attributes=tuple(_asked_for(group))
                )
        for each in plan.resources:
            if each.address not in placed and state_of(each) in (State.CHANGED, State.REPLACED):
                yield _Subject(state=state_of(each), what=each.address, attributes=tuple(_asked_for([each])))


def _asked_for(resources: Iterable[ResourceChange]) -> list[AttributeChange]:
    """Return the known differences, the most important first; two with the same values are one.

    If nothing is known, one attribute stands for all.
    """
    seen = list(chain.from_iterable(resource.attributes for resource in resources))
    computed = [each for each in seen if each.after is Mask.UNKNOWN]
    found: dict[tuple[str, str], AttributeChange] = {}
    for each in seen:
        if each.after is not Mask.UNKNOWN:
            found.setdefault(_pair(each), each)
    return sorted(found.values(), key=lambda each: _tells(each.path)) or computed[:1]


def _tells(path: str) -> int:
    step = path.rpartition(".")[2]
    return _TELLING.index(step) if step in _TELLING else len(_TELLING)


def _changed(subjects: Sequence[_Subject], room: int) -> Iterator[Change]:
    """Give each kind of change a share of the lines; the remaining lines show more attributes."""
    groups = [
        sorted((each for each in subjects if each.state is state), key=_untold)
        for state in (State.REPLACED, State.CHANGED)
    ]
    present = [group for group in groups if group]
    for number, group in enumerate(present):
        share = room // (len(present) - number)
        yield from (lines := _lines(group, share))
        room -= len(lines)


def _untold(subject: _Subject) -> int:
    """Sort by importance."""
    first = next(iter(subject.attributes), None)
    if first is None or first.after is Mask.UNKNOWN:
        return len(_TELLING) + 1
    return _tells(first.path)


def _lines(subjects: Sequence[_Subject], room: int) -> list[Change]:
    """Return the first ones, each with as many attributes as there is room for."""
    shown = subjects[:room]
    lines: list[Change] = []
    for number, subject in enumerate(shown):
        share = (room - len(lines)) // (len(shown) - number)
        told = subject.attributes[:share]
        rest = len(subject.attributes) - len(told)
        lines += [Change(subject.state, subject.what, each.path, *_pair(each)) for each in told] or [
            Change(subject.state, subject.what)
        ]
        if rest:
            lines[-1] = lines[-1]._replace(more=f"and {plural(rest, 'more attribute')}")
    if left := len(subjects) - len(shown):
        more = filter(None, (lines[-1].more, f"and {plural(left, 'more resource')}"))
        lines[-1] = lines[-1]._replace(more=" ".join(more))
    return lines


def _outputs(outputs: Iterable[OutputChange]) -> Iterator[Change]:
    names = [each.name for each in outputs]
    if names:
        yield Change(State.CHANGED, plural(len(names), "output"), more=", ".join(names[:MOST]))


def _pair(change: AttributeChange) -> tuple[str, str]:
    """Shorten both values; long ones begin where they differ."""
    whole = change.texts
    old, new = map(_short, whole)
    if old == new:
        old, new = whole
    if max(len(old), len(new)) > _LONGEST:
        same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), 0)
        if same > _CONTEXT:
            old, new = (f"…{text[same - _CONTEXT :]}" for text in (old, new))
    return _cut(old), _cut(new)


def _short(text: str) -> str:
    """Name an image without its registry, and a digest by its first twelve digits."""
    found = _DIGEST.match(text)
    return f"{found[1]}{found[2]}" if found else text


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

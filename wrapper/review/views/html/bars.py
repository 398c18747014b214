"""Amounts and times as bars: shares between 0 and 1 of the longest."""

from collections.abc import Iterator
from typing import NamedTuple

from wrapper.review.cost import CostLine, Estimate
from wrapper.review.review import Review
from wrapper.review.rollout_bound import RolloutBound


class CostRow(NamedTuple):
    line: CostLine
    before: float
    after: float


class Stretch(NamedTuple):
    """A part of a roll-out: what is waited for, in seconds, and its share of the time line."""

    what: str
    seconds: int
    share: float


class Timeline(NamedTuple):
    """A roll-out from left to right; `deadline` is its position on the line, None without one."""

    bound: RolloutBound
    stretches: tuple[Stretch, ...]
    deadline_seconds: int | None
    deadline: float | None


def cost_rows(cost: Estimate) -> tuple[CostRow, ...]:
    longest = max((max(line.before, line.after) for line in cost.lines), default=0) or 1
    return tuple(CostRow(line, line.before / longest, line.after / longest) for line in cost.lines)


def timelines(review: Review) -> tuple[Timeline, ...]:
    """Draw each roll-out on a line that is long enough for its bound and its deadline, the slowest first."""
    bounds = sorted(review.rollouts, key=lambda bound: -bound.seconds)
    return tuple(
        _timeline(bound, None if bound.only_stops else review.deadlines.get(bound.service))
        for bound in bounds
    )


def _timeline(bound: RolloutBound, deadline: int | None) -> Timeline:
    longest = max(bound.seconds, deadline or 0) or 1
    stretches = tuple(
        Stretch(what, seconds, seconds / longest) for what, seconds in _stretches(bound) if seconds
    )
    return Timeline(bound, stretches, deadline, deadline / longest if deadline else None)


def _stretches(bound: RolloutBound) -> Iterator[tuple[str, int]]:
    yield "start", bound.starts * bound.pace.start
    yield "grace", bound.starts * bound.pace.grace
    yield "health", bound.starts * bound.pace.health
    yield "drain", bound.stops * bound.pace.drain
    yield "stop", bound.stops * bound.pace.stop
    yield "bake", bound.bake

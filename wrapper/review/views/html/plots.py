"""How answers differ, as plots: bars whose heights and lengths are shares of the highest, between 0 and 1."""

from collections.abc import Iterator
from typing import NamedTuple

from wrapper.model.diff import DEPTH, Comparison, Distribution
from wrapper.review.views.answers import coverage, popularity, quantiles, tally


class Bar(NamedTuple):
    """How many users have a value of about `tenth` tenths."""

    tenth: int
    users: int
    height: float


class Plot(NamedTuple):
    """A measure's distribution over the users; `told` is the same as text."""

    name: str
    mean: float
    told: str
    bars: tuple[Bar, ...]


class Pair(NamedTuple):
    """A figure of both models, as lengths."""

    name: str
    told: str
    before: float
    after: float


def plots(comparison: Comparison) -> tuple[Plot, ...]:
    measures = ((f"overlap@{DEPTH}", comparison.overlap), ("RBO", comparison.rbo))
    return tuple(_plot(name, found) for name, found in measures if found)


def pairs(comparison: Comparison) -> Iterator[Pair]:
    users, items = comparison.users, comparison.items
    yield _pair("users", tally(users), users.old, users.new)
    yield _pair("items", tally(items), items.old, items.new)
    shift = comparison.coverage
    yield _pair("coverage", coverage(shift), shift.old, shift.new)
    shift = comparison.popularity
    yield _pair("popularity", popularity(shift), shift.old, shift.new)


def _plot(name: str, found: Distribution) -> Plot:
    highest = max(found.tenths) or 1
    bars = tuple(Bar(tenth, users, users / highest) for tenth, users in enumerate(found.tenths))
    return Plot(name, found.mean, quantiles(found), bars)


def _pair(name: str, told: str, before: float, after: float) -> Pair:
    longest = max(before, after) or 1
    return Pair(name, told, before / longest, after / longest)

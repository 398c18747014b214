"""An hour of a service as bars: one per minute, its height as a share of the highest."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from wrapper.ecs.load import Load


class Bar(NamedTuple):
    """One minute: position and height as shares of 1; `told` is the value as text."""

    minute: int
    height: float
    told: str


class Chart(NamedTuple):
    """A metric over the hour; `now` and `highest` are texts, `from_` and `until` the times of its ends.

    `tone` colours its bars.
    """

    name: str
    now: str
    highest: str
    from_: str
    until: str
    tone: str
    bars: tuple[Bar, ...]


def charts(hour: Sequence[Load], now: Sequence[str]) -> tuple[Chart, ...]:
    """Draw rate, errors and p95; `now` has their texts for the newest minutes, in this order."""
    if not hour:
        return ()
    measures: tuple[tuple[str, str, Callable[[Load], float | None], Callable[[float], str]], ...] = (
        ("Requests a second", "rate", lambda each: each.per_second, lambda value: f"{value:.3g}/s"),
        ("Errors", "errors", lambda each: each.failed_percent, lambda value: f"{value:.2g} %"),
        ("p95", "p95", _milliseconds, lambda value: f"{value:.3g} ms"),
    )
    return tuple(
        _chart(name, tone, hour, told, value, words)
        for (name, tone, value, words), told in zip(measures, now, strict=True)
    )


def _milliseconds(found: Load) -> float | None:
    return None if found.p95_seconds is None else 1000 * found.p95_seconds


def _chart(
    name: str,
    tone: str,
    hour: Sequence[Load],
    now: str,
    value: Callable[[Load], float | None],
    words: Callable[[float], str],
) -> Chart:
    values = [value(each) for each in hour]
    highest = max((each for each in values if each is not None), default=0.0)
    bars = tuple(
        Bar(minute, found / highest, f"{hour[minute].start:%H:%M} {words(found)}")
        for minute, found in enumerate(values)
        if found and highest
    )
    return Chart(
        name=name,
        now=now,
        highest=words(highest),
        from_=f"{hour[0].start:%H:%M}",
        until=f"{hour[-1].start:%H:%M}",
        tone=tone,
        bars=bars,
    )

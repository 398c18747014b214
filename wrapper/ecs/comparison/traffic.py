"""Requests and answers of the two slots' target groups, from the load balancer's metrics in CloudWatch."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from wrapper.aws.client import Aws
from wrapper.ecs.comparison.evidence import surest_ranks
from wrapper.ecs.measures import (
    MINUTE,
    Place,
    Points,
    counted,
    counts,
    measured,
    place_of,
    query,
)

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

_SLOWEST_SHARE = 0.05


@dataclass(frozen=True, kw_only=True)
class Latency:
    """The 95th percentile in seconds, with a certain lower and upper bound; a bound is None if unknown."""

    p95: float
    surely_above: float | None = None
    surely_below: float | None = None


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """`failed` requests were answered by 5xx or by the load balancer; `latency` is None without an answer."""

    requests: int
    failed: int
    latency: Latency | None = None

    @property
    def failed_share(self) -> float:
        return self.failed / self.requests if self.requests else 0.0


@dataclass(frozen=True, kw_only=True)
class Window:
    """UTC. CloudWatch counts by the minute: the first and the last one count whole."""

    since: datetime
    until: datetime

    @property
    def start(self) -> datetime:
        return self.since.replace(second=0, microsecond=0)

    @property
    def seconds(self) -> int:
        """One period that contains the window."""
        return max(1, math.ceil((self.until - self.start).total_seconds() / MINUTE)) * MINUTE


def traffic_of(
    aws: Aws, *, load_balancer: str, groups: Sequence[str], window: Window, doubt: float
) -> tuple[Traffic, ...]:
    """Read the traffic of some target groups, all by their ARNs.

    `doubt` is the chance that the 95th percentile of all future requests is outside its bounds.
    """
    times = {"start": window.start, "end": window.until}
    places = [place_of(load_balancer, group) for group in groups]
    per_minute = counts(aws, places, **times)
    minutes = {at for points in per_minute.values() for at in points}
    found = [counted(per_minute, number, minutes) for number in range(len(places))]
    percentiles = [
        each
        for number, (place, (requests, _)) in enumerate(zip(places, found, strict=True))
        for each in _percentiles(number, place, requests, window, doubt)
    ]
    points = measured(aws, percentiles, **times)
    return tuple(
        Traffic(requests=requests, failed=failed, latency=_latency(points, number))
        for number, (requests, failed) in enumerate(found)
    )


def _latency(found: Mapping[str, Points], number: int) -> Latency | None:
    """Read a percentile and its bounds; if CloudWatch splits the window, the wider bounds are used."""

    def joined(join: Callable[[Iterable[float]], float], name: str) -> float | None:
        points = found.get(f"{name}{number}")
        return join(points.values()) if points else None

    p95 = joined(max, "p")
    if p95 is None:
        return None
    return Latency(p95=p95, surely_above=joined(min, "low"), surely_below=joined(max, "high"))


def _percentiles(
    number: int, place: Place, requests: int, window: Window, doubt: float
) -> "Iterator[MetricDataQueryTypeDef]":
    if not requests:
        return
    below, above = surest_ranks(requests=requests, share=_SLOWEST_SHARE, doubt=doubt)
    asked = {"p": 100 * (1 - _SLOWEST_SHARE)}
    if below <= requests:
        asked["low"] = _percentile(below, requests)
    if above is not None:
        asked["high"] = _percentile(above, requests)
    for name, percentile in asked.items():
        statistic = f"p{percentile:.4f}".rstrip("0").rstrip(".")
        yield query(f"{name}{number}", "TargetResponseTime", place, window.seconds, statistic)


def _percentile(rank: int, requests: int) -> float:
    """Return the percentile that is the request of this rank from the slowest."""
    return 100 * (requests - rank + 0.5) / requests

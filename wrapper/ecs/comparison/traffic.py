"""What a target group got and answered, as the load balancer counts it in CloudWatch."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from wrapper.aws.client import Aws, explained
from wrapper.ecs.comparison.evidence import surest_ranks

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDataQueryTypeDef, MetricStatTypeDef

_NAMESPACE = "AWS/ApplicationELB"
_MINUTE = 60
_SLOWEST_SHARE = 0.05
_ANSWERS = tuple(f"HTTPCode_Target_{digit}XX_Count" for digit in (2, 3, 4, 5))


@dataclass(frozen=True, kw_only=True)
class Latency:
    """The 95th percentile in seconds, and what it is surely above and below; None if nothing says so."""

    p95: float
    surely_above: float | None = None
    surely_below: float | None = None


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """`failed` requests were answered by 5xx, or not at all; `latency` is None without an answer."""

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
        """One period that holds all of it."""
        return max(1, math.ceil((self.until - self.start).total_seconds() / _MINUTE)) * _MINUTE


def traffic_of(
    aws: Aws, *, load_balancer: str, groups: Sequence[str], window: Window, doubt: float
) -> tuple[Traffic, ...]:
    """Ask for the traffic of some target groups, all by their ARNs.

    `doubt` is the chance that the 95th percentile of all requests to come isn't within its bounds.
    """
    places = [_dimensions(load_balancer, group) for group in groups]
    counts = _asked(aws, window, list(_counts(places)), sum)
    found = [_counted(counts, number) for number in range(len(places))]
    percentiles = [
        query
        for number, (place, (requests, _)) in enumerate(zip(places, found, strict=True))
        for query in _percentiles(number, place, requests, window, doubt)
    ]
    # Where CloudWatch cuts the window in two, the wider bounds hold.
    lows, highs = (_asked(aws, window, percentiles, joined) for joined in (min, max))
    return tuple(
        Traffic(
            requests=requests,
            failed=failed,
            latency=Latency(
                p95=highs[f"p{number}"],
                surely_above=lows.get(f"low{number}"),
                surely_below=highs.get(f"high{number}"),
            )
            if f"p{number}" in highs
            else None,
        )
        for number, (requests, failed) in enumerate(found)
    )


def _counted(counts: Mapping[str, float], number: int) -> tuple[int, int]:
    """Return how many requests there were, and how many failed.

    Only the load balancer's own count has those that a target broke off or was silent to, and that isn't kept
    per target group: they are the requests without an answer.
    """
    answered = [round(counts.get(f"a{index}x{number}", 0)) for index in range(len(_ANSWERS))]
    requests = max(round(counts.get(f"requests{number}", 0)), sum(answered))
    return requests, answered[-1] + requests - sum(answered)


def _counts(places: Iterable[Mapping[str, str]]) -> "Iterator[MetricDataQueryTypeDef]":
    for number, place in enumerate(places):
        yield _query(f"requests{number}", "RequestCount", place, _MINUTE, "Sum")
        for index, name in enumerate(_ANSWERS):
            yield _query(f"a{index}x{number}", name, place, _MINUTE, "Sum")


def _percentiles(
    number: int, place: Mapping[str, str], requests: int, window: Window, doubt: float
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
        yield _query(f"{name}{number}", "TargetResponseTime", place, window.seconds, statistic)


def _percentile(rank: int, requests: int) -> float:
    """Return the percentile that is the request of this rank from the slowest."""
    return 100 * (requests - rank + 0.5) / requests


def _asked(
    aws: Aws,
    window: Window,
    queries: "Sequence[MetricDataQueryTypeDef]",
    joined: Callable[[Iterable[float]], float],
) -> dict[str, float]:
    """Return each query's values as one; a query without any is left out."""
    if not queries:
        return {}
    found: dict[str, list[float]] = {}
    pages = aws.cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=window.start, EndTime=window.until
    )
    with explained():
        for page in pages:
            for result in page["MetricDataResults"]:
                found.setdefault(result.get("Id", ""), []).extend(result.get("Values", []))
    return {name: joined(values) for name, values in found.items() if values}


def _query(
    name: str, metric: str, place: Mapping[str, str], seconds: int, statistic: str
) -> "MetricDataQueryTypeDef":
    dimensions: list[DimensionTypeDef] = [{"Name": key, "Value": value} for key, value in place.items()]
    asked: MetricStatTypeDef = {
        "Metric": {"Namespace": _NAMESPACE, "MetricName": metric, "Dimensions": dimensions},
        "Period": seconds,
        "Stat": statistic,
    }
    return {"Id": name, "MetricStat": asked}


def _dimensions(load_balancer: str, group: str) -> dict[str, str]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    return {
        "LoadBalancer": load_balancer.partition(":loadbalancer/")[2],
        "TargetGroup": group.rpartition(":")[2],
    }

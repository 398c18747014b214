"""Requests, failures and latency of services: now, and minute by minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wrapper.aws.client import Aws, explained
from wrapper.ecs.measures import MINUTE, Place, Points, counted, counts, measured, place_of, query

# `now` is so many minutes, and CloudWatch may be so many minutes late.
_NOW_MINUTES, _LATE_MINUTES = 5, 5


@dataclass(frozen=True, kw_only=True)
class Load:
    """Requests from `start` (UTC) on; `failed` ones were answered by 5xx or by the load balancer itself.

    `p95_seconds` is None if nothing was answered.
    """

    start: datetime
    seconds: float
    requests: int
    failed: int
    p95_seconds: float | None = None

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def failed_percent(self) -> float | None:
        return 100 * self.failed / self.requests if self.requests else None


def places_of(aws: Aws, groups: Mapping[str, str]) -> dict[str, Place]:
    """Return CloudWatch's name of each service's target group, by service, given their ARNs.

    A target group that is missing, or behind no load balancer, is left out.
    """
    if not groups:
        return {}
    with explained():
        pages = list(aws.elbv2.get_paginator("describe_target_groups").paginate())
    balancers = {
        group.get("TargetGroupArn"): group.get("LoadBalancerArns")
        for page in pages
        for group in page["TargetGroups"]
    }
    behind = {name: balancers.get(arn) for name, arn in groups.items()}
    return {name: place_of(found[0], groups[name]) for name, found in behind.items() if found}


def loads(aws: Aws, places: Mapping[str, Place], *, now: datetime) -> dict[str, Load]:
    """Return the newest five minutes that CloudWatch has, by service."""
    minute = now.replace(second=0, microsecond=0)
    oldest = minute - timedelta(minutes=_NOW_MINUTES + _LATE_MINUTES)
    found = counts(aws, list(places.values()), start=oldest, end=now)
    newest = max((at for points in found.values() for at in points), default=minute)
    end = min(newest + timedelta(seconds=MINUTE), now)
    start = newest - timedelta(minutes=_NOW_MINUTES - 1)
    period = _NOW_MINUTES * MINUTE
    slow = [
        query(f"p{number}", "TargetResponseTime", place, period, "p95")
        for number, place in enumerate(places.values())
    ]
    percentiles = measured(aws, slow, start=start, end=end) if slow else {}
    minutes = [start + timedelta(minutes=passed) for passed in range(_NOW_MINUTES)]
    return {
        name: _load(found, percentiles, number, minutes, (end - start).total_seconds())
        for number, name in enumerate(places)
    }


def history(aws: Aws, places: Mapping[str, Place], *, now: datetime, minutes: int) -> dict[str, list[Load]]:
    """Return each minute by service, oldest first; the last one is not over."""
    last = now.replace(second=0, microsecond=0)
    times = [last - timedelta(minutes=ago) for ago in reversed(range(minutes))]
    found = counts(aws, list(places.values()), start=times[0], end=now)
    slow = [
        query(f"p{number}", "TargetResponseTime", place, MINUTE, "p95")
        for number, place in enumerate(places.values())
    ]
    percentiles = measured(aws, slow, start=times[0], end=now) if slow else {}
    return {
        name: [_load(found, percentiles, number, [at], min(MINUTE, _since(at, now))) for at in times]
        for number, name in enumerate(places)
    }


def _since(at: datetime, now: datetime) -> float:
    return max((now - at).total_seconds(), 1.0)


def _load(
    found: Mapping[str, Points],
    percentiles: Mapping[str, Points],
    number: int,
    minutes: Sequence[datetime],
    seconds: float,
) -> Load:
    requests, failed = counted(found, number, minutes)
    slow = [value for at, value in percentiles.get(f"p{number}", {}).items() if at in minutes]
    return Load(
        start=minutes[0],
        seconds=seconds,
        requests=requests,
        failed=failed,
        p95_seconds=max(slow, default=None),
    )

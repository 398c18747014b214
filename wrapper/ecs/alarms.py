"""The environment's alarms that are in alarm, read without Terraform."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from wrapper.aws.client import Aws, explained

# The names of alarms in terraform/modules/alarms and job, after <prefix>-<service or job>-; a test compares.
KINDS = (
    "cpu",
    "errors",
    "failures",
    "latency-p95",
    "latency-p99",
    "memory",
    "missing-tasks",
    "not-started",
    "unhealthy-targets",
)


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """`name` is the service's or job's and the alarm's, such as `web-errors`; `since` is UTC."""

    name: str
    since: datetime
    reason: str


def ringing(aws: Aws, *, prefix: str, names: Iterable[str]) -> tuple[Alarm, ...]:
    """List the alarms in state ALARM of these services and jobs, the oldest state first.

    The alarms of target tracking are left out: they are in alarm whenever there is one task too many.
    """
    wanted = {f"{prefix}-{name}-{kind}" for name in names for kind in KINDS}
    pages = aws.cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{prefix}-", StateValue="ALARM"
    )
    with explained():
        found = [
            Alarm(
                name=item.get("AlarmName", "").removeprefix(f"{prefix}-"),
                since=item["StateUpdatedTimestamp"],
                reason=item.get("StateReason", ""),
            )
            for page in pages
            for item in page.get("MetricAlarms", [])
            if item.get("AlarmName") in wanted
        ]
    return tuple(sorted(found, key=lambda alarm: (alarm.since, alarm.name)))

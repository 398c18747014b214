"""Two target groups in parallel: is the new version worse than the old one, and is that certain yet?

`judge` reads CloudWatch and calls `compare`, which is pure. Nothing here shifts traffic.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from wrapper.aws.client import Aws, explained
from wrapper.ecs.comparison.traffic import Latency, Traffic, Window, traffic_of
from wrapper.ecs.comparison.verdict import Limits, Outcome, Verdict, compare

__all__ = ["Latency", "Limits", "Outcome", "Traffic", "Verdict", "compare", "judge"]


def judge(
    aws: Aws,
    *,
    load_balancer: str,
    new: str,
    old: str,
    since: datetime,
    until: datetime,
    limits: Limits | None = None,
    alarms: Sequence[str] = (),
    checks: Mapping[str, str] | None = None,
) -> Verdict:
    """Judge the new slot by the minutes from `since` to `until` (UTC, at least one minute apart).

    `load_balancer`, `new` and `old` are ARNs, of the load balancer and the slots' target groups. `alarms` are
    whole names; those that are in ALARM make it worse. `checks` are as in `compare`. Call it while both slots
    get callers, after each step. On AWS the load balancer's counts are some two minutes late: until then they
    are too few, which the verdict says (UNSURE), never that all is good.
    """
    limits = limits or Limits()
    found, before = traffic_of(
        aws,
        load_balancer=load_balancer,
        groups=(new, old),
        window=Window(since=since, until=until),
        doubt=limits.doubt,
    )
    return compare(found, before, limits, alarms=_ringing(aws, alarms), checks=checks)


def _ringing(aws: Aws, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    pages = aws.cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNames=list(names), StateValue="ALARM"
    )
    with explained():
        return sorted(alarm.get("AlarmName", "") for page in pages for alarm in page.get("MetricAlarms", []))

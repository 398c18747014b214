"""How long ECS keeps watching a service's alarms after its new tasks run and the old ones are gone.

The roll-out isn't complete before. ECS computes this bake time from the alarms, and does not document how:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html The estimate here is
the time in which the slowest alarm would go off.
"""

from collections.abc import Mapping
from typing import Any

from wrapper.review.side import Side
from wrapper.review.values import blocks, items, number

_ALARM = "aws_cloudwatch_metric_alarm"


def bake_seconds(side: Side, service: Mapping[str, Any]) -> int:
    """Return the longest of periods × evaluation periods of the alarms that may roll the service back."""
    names = {
        name
        for settings in blocks(service, "alarms")
        if settings.get("enable")
        for name in items(settings.get("alarm_names"))
        if isinstance(name, str)
    }
    watched = (values for each, values in side.resources if each.type == _ALARM)
    return max((_seconds(values) for values in watched if values.get("alarm_name") in names), default=0)


def _seconds(alarm: Mapping[str, Any]) -> int:
    queried = [metric for query in blocks(alarm, "metric_query") for metric in blocks(query, "metric")]
    period = max(number(metric, "period") or 0 for metric in (alarm, *queried))
    return int(period * (number(alarm, "evaluation_periods") or 0))

"""Evaluate an alarm's state by its data points.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from emulator.metrics.query import Window, answers, metric_of, values
from emulator.metrics.store import MINUTE, Store

# CloudWatch reads some more data points than it evaluates, in case some are missing.
_MORE = 2
COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}


class State(StrEnum):
    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The state that an alarm should have, and why."""

    state: State
    reason: str


def period_of(alarm: Mapping[str, Any]) -> int:
    """Return an alarm's period in AWS's seconds."""
    periods = [
        query["MetricStat"]["Period"] for query in alarm.get("Metrics") or [] if query.get("MetricStat")
    ]
    return int(periods[0] if periods else alarm.get("Period") or MINUTE)


def look(store: Store, alarm: Mapping[str, Any], now: float, pace: float = 1.0) -> Finding:
    """Evaluate an alarm of DescribeAlarms by the completed periods; raises as `answers` does."""
    seconds = max(1.0, period_of(alarm) / pace)
    end = now // seconds * seconds
    wanted = int(alarm.get("EvaluationPeriods") or 1)
    window = Window(start=end - (wanted + _MORE) * seconds, end=end, seconds=seconds, pace=pace)
    current = State(alarm.get("StateValue") or State.INSUFFICIENT_DATA)
    if _has_too_few_samples(store, alarm, window, wanted):
        return Finding(state=current, reason=alarm.get("StateReason") or "")
    return judged(
        _points(store, alarm, window),
        wanted=wanted,
        to_alarm=int(alarm.get("DatapointsToAlarm") or wanted),
        threshold=float(alarm.get("Threshold") or 0),
        comparison=alarm["ComparisonOperator"],
        missing=alarm.get("TreatMissingData") or "missing",
        current=current,
    )


def judged(
    points: Sequence[float | None],
    *,
    wanted: int,
    to_alarm: int,
    threshold: float,
    comparison: str,
    missing: str,
    current: State,
) -> Finding:
    """Return an alarm's state by its last `wanted` data points; `points` has some more, oldest first."""
    breaches, words = COMPARISONS[comparison]
    ages = [(len(points) - index, point) for index, point in enumerate(points) if point is not None]
    # Older points replace missing ones.
    used = ages[-wanted:]
    breaching = [age for age, point in used if breaches(point, threshold)]
    filled = wanted - len(used)
    told = ", ".join(f"{point:g}" for _, point in used) or "none"
    reason = f"{len(breaching)} of {len(used)} datapoints [{told}] {words} the threshold ({threshold:g})"
    if missing == "breaching":
        reason += f", {filled} missing treated as breaching" if filled else ""
        state = State.ALARM if len(breaching) + filled >= to_alarm else State.OK
    elif missing == "notBreaching" or len(breaching) >= to_alarm or not filled:
        reason += f", {filled} missing" if filled else ""
        state = State.ALARM if len(breaching) >= to_alarm else State.OK
    elif not used:
        state = current if missing == "ignore" else State.INSUFFICIENT_DATA
    elif len(breaching) < len(used):
        state = State.OK
    elif missing == "missing" and max(breaching) >= to_alarm:
        # Every point since the oldest breach breaches or is missing, so AWS doesn't wait for more.
        state = State.ALARM
    else:
        state = current
    return Finding(state=state, reason=f"Threshold Crossed: {reason}.")


def _points(store: Store, alarm: Mapping[str, Any], window: Window) -> Sequence[float | None]:
    queries = alarm.get("Metrics") or []
    if not queries:
        return values(store, metric_of(alarm), _statistic(alarm), window)
    returned = next((query["Id"] for query in queries if query.get("ReturnData", True)), queries[0]["Id"])
    return answers(store, queries, window)[returned]


def _has_too_few_samples(store: Store, alarm: Mapping[str, Any], window: Window, wanted: int) -> bool:
    """Return whether a percentile has so few samples that the alarm must keep its state.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
    """
    statistic = _statistic(alarm)
    if alarm.get("EvaluateLowSampleCountPercentile") != "ignore" or not statistic.startswith("p"):
        return False
    share = float(statistic[1:]) / 100
    needed = round(10 / min(share, 1 - share)) if 0 < share < 1 else 0
    start = window.end - wanted * window.seconds
    found = store.aggregate(metric_of(alarm), start, window.end).count * window.pace
    return 0 < found < needed


def _statistic(alarm: Mapping[str, Any]) -> str:
    return str(alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average")

"""Answer metric data queries, as in GetMetricData and in alarms on several metrics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from emulator.metrics import aggregate
from emulator.metrics.math import Expression, NotUnderstood, Series
from emulator.metrics.store import Metric, Store

# These statistics grow with the length of a period, so they are scaled by the pace.
_COUNTS = ("Sum", "SampleCount")


@dataclass(frozen=True, kw_only=True)
class Window:
    """Periods of `seconds` from `start` until before `end`, in seconds since 1970.

    Periods pass `pace` times as fast as on AWS. Counts in a period are multiplied by it, so that rates are
    right.
    """

    start: float
    end: float
    seconds: float
    pace: float = 1.0

    @property
    def length(self) -> int:
        """The number of periods."""
        return max(1, -int(-(self.end - self.start) // self.seconds))


def metric_of(told: Mapping[str, Any]) -> Metric:
    """Return the metric that a request or an alarm names."""
    dimensions = {item["Name"]: item["Value"] for item in told.get("Dimensions") or []}
    return Metric.of(told.get("Namespace") or "", told.get("MetricName") or "", dimensions)


def values(store: Store, metric: Metric, statistic: str, window: Window) -> Series:
    """Return a statistic for each period, None without values; raises aggregate.NoStatistic."""
    aggregate.check(statistic)
    factor = window.pace if statistic in _COUNTS else 1.0
    found = store.periods(metric, window.start, window.end, window.seconds)
    return [
        None if value is None else value * factor for value in (one.statistic(statistic) for one in found)
    ]


def check(queries: Sequence[Mapping[str, Any]]) -> None:
    """Raise NotUnderstood or aggregate.NoStatistic for what can't be answered."""
    known = {query.get("Id", "") for query in queries}
    for query in queries:
        if query.get("Expression"):
            missing = Expression(query["Expression"]).names - known
            if missing:
                raise NotUnderstood(
                    f"{query['Expression']!r} names {', '.join(sorted(missing))}, which isn't there"
                )
        else:
            aggregate.check((query.get("MetricStat") or {}).get("Stat") or "Average")


def answers(store: Store, queries: Sequence[Mapping[str, Any]], window: Window) -> dict[str, Series]:
    """Return each query's values by its id, expressions after their operands; raises as `check` does."""
    check(queries)
    found: dict[str, Series] = {}
    for query in queries:
        if not query.get("Expression"):
            asked = query["MetricStat"]
            found[query["Id"]] = values(
                store, metric_of(asked["Metric"]), asked.get("Stat") or "Average", window
            )
    waiting = {query["Id"]: Expression(query["Expression"]) for query in queries if query.get("Expression")}
    while waiting:
        ready = [name for name, expression in waiting.items() if expression.names <= set(found)]
        if not ready:
            raise NotUnderstood(f"{', '.join(waiting)} wait for each other")
        for name in ready:
            found[name] = waiting.pop(name).value(found, window.length)
    return found

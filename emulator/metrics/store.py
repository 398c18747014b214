"""The store of measured values, by metric and second; after 15 minutes by minute, and for one day."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from emulator.metrics.aggregate import Aggregate, joined

MINUTE = 60
_FINE_SECONDS = 15 * MINUTE
KEPT_SECONDS = 24 * 60 * MINUTE


@dataclass(frozen=True)
class Metric:
    """A metric: its namespace, its name and all of its dimensions, in any order."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> "Metric":
        """Return the metric with these dimensions."""
        return cls(namespace, name, frozenset(dimensions.items()))


@dataclass
class _Series:
    unit: str
    fine: dict[int, Aggregate] = field(default_factory=dict)
    coarse: dict[int, Aggregate] = field(default_factory=dict)
    tidied_at: float = 0.0


class Store:
    """Every method may be called from any thread. Times are seconds since 1970."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._series: dict[Metric, _Series] = {}

    def add(
        self,
        metric: Metric,
        value: float,
        *,
        unit: str = "None",
        at: float | None = None,
        weight: float = 1.0,
    ) -> None:
        """Add a value, which occurred `weight` times, in the second `at`, by default the current one."""
        self.put(metric, lambda aggregate: aggregate.add(value, weight), unit=unit, at=at)

    def put(
        self,
        metric: Metric,
        change: Callable[[Aggregate], None],
        *,
        unit: str = "None",
        at: float | None = None,
    ) -> None:
        """Change the values of the second `at`, by default the current one."""
        now = self._clock()
        second = int(now if at is None else at)
        with self._lock:
            series = self._series.setdefault(metric, _Series(unit, tidied_at=now))
            is_fine = second > now - _FINE_SECONDS
            place = series.fine if is_fine else series.coarse
            change(place.setdefault(second if is_fine else second - second % MINUTE, Aggregate()))
            if now - series.tidied_at > MINUTE:
                series.tidied_at = now
                _tidy(series, now)

    def aggregate(self, metric: Metric, start: float, end: float) -> Aggregate:
        """Return the values from `start` until before `end`, joined."""
        return self.periods(metric, start, end, end - start)[0]

    def periods(self, metric: Metric, start: float, end: float, seconds: float) -> list[Aggregate]:
        """Return the values of each period from `start` on, joined; the last period may end after `end`."""
        found: list[list[Aggregate]] = [[] for _ in range(max(1, -int(-(end - start) // seconds)))]
        with self._lock:
            series = self._series.get(metric)
            for place in (series.coarse, series.fine) if series else ():
                for second, aggregate in place.items():
                    if start <= second < end:
                        found[int((second - start) // seconds)].append(aggregate)
            return [joined(parts) for parts in found]

    def unit(self, metric: Metric) -> str:
        """Return the metric's unit in CloudWatch's spelling; "None" if it has none."""
        with self._lock:
            series = self._series.get(metric)
            return series.unit if series else "None"

    def metrics(self) -> list[Metric]:
        """Return all metrics with stored values."""
        with self._lock:
            return list(self._series)


def _tidy(series: _Series, now: float) -> None:
    """Join old seconds to whole minutes, and remove minutes that are too old."""
    border = int(now - _FINE_SECONDS) // MINUTE * MINUTE
    for second in [second for second in series.fine if second < border]:
        minute = series.coarse.setdefault(second - second % MINUTE, Aggregate())
        minute.join(series.fine.pop(second))
    for minute_at in [at for at in series.coarse if at < now - KEPT_SECONDS]:
        del series.coarse[minute_at]

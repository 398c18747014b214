"""Aggregate many values for CloudWatch's statistics; percentiles are exact to a percent."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

# Bins grow by this factor, so that a percentile is wrong by a percent at most.
_GROWTH = 1.02
_STATISTICS = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


class NoStatistic(Exception):
    """There is no statistic of this name."""


@dataclass(slots=True)
class Aggregate:
    """The values of one period."""

    count: float = 0.0
    total: float = 0.0
    least: float = math.inf
    most: float = -math.inf
    bins: dict[int | None, float] = field(default_factory=dict)

    def add(self, value: float, weight: float = 1.0) -> None:
        """Add a value, which occurred `weight` times."""
        self.count += weight
        self.total += value * weight
        self.least, self.most = min(self.least, value), max(self.most, value)
        self._fill(math.ceil(math.log(value, _GROWTH)) if value > 0 else None, weight)

    def add_all(self, *, count: float, total: float, least: float, most: float) -> None:
        """Add values of which only statistics are known; for percentiles, each counts as the average."""
        if count:
            self.add(total / count, count)
            self.least, self.most = min(self.least, least), max(self.most, most)

    def join(self, other: "Aggregate") -> None:
        """Add all values of another aggregate."""
        self.count += other.count
        self.total += other.total
        self.least, self.most = min(self.least, other.least), max(self.most, other.most)
        for key, weight in other.bins.items():
            self._fill(key, weight)

    def statistic(self, name: str) -> float | None:
        """Return a statistic such as Sum or p99.9; None without values. Raises NoStatistic."""
        check(name)
        if not self.count:
            return None
        if name.startswith("p"):
            return self._percentile(float(name[1:]))
        values = (self.count, self.total, self.total / self.count, self.least, self.most)
        return dict(zip(_STATISTICS, values, strict=True))[name]

    def _fill(self, key: int | None, weight: float) -> None:
        self.bins[key] = self.bins.get(key, 0.0) + weight

    def _percentile(self, percent: float) -> float:
        rank, seen = percent / 100 * self.count, 0.0
        for key in sorted(self.bins, key=lambda key: -math.inf if key is None else key):
            seen += self.bins[key]
            if seen >= rank:
                middle = 0.0 if key is None else _GROWTH ** (key - 0.5)
                return min(max(middle, self.least), self.most)
        return self.most


def check(statistic: str) -> None:
    """Raise NoStatistic unless the name is that of a statistic."""
    if statistic not in _STATISTICS and not _PERCENTILE.fullmatch(statistic):
        raise NoStatistic(statistic)


def joined(parts: Iterable[Aggregate]) -> Aggregate:
    """Return one aggregate of all values."""
    whole = Aggregate()
    for part in parts:
        whole.join(part)
    return whole

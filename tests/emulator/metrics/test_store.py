"""Measured values are found again, by second, minute and statistic."""

import random
import re

import pytest

from emulator.metrics.aggregate import Aggregate, NoStatistic
from emulator.metrics.store import Metric, Store

METRIC = Metric.of("N", "latency", {"A": "1", "B": "2"})


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_percentiles_are_right_to_a_percent() -> None:
    """This holds for a thousand values over three orders of magnitude."""
    values = sorted(random.Random(1).lognormvariate(-3, 1) for _ in range(1_000))
    aggregate = Aggregate()
    for value in values:
        aggregate.add(value)
    for percent in (50, 90, 95, 99, 99.9):
        found = aggregate.statistic(f"p{percent}")
        assert found == pytest.approx(values[round(percent * 10) - 1], rel=0.011)
    assert aggregate.statistic("p100") == values[-1]


def test_statistics() -> None:
    """They have CloudWatch's names; without values there is none."""
    aggregate = Aggregate()
    assert aggregate.statistic("Sum") is None
    for value in (0.0, 1.0, 5.0):
        aggregate.add(value)
    found = [aggregate.statistic(name) for name in ("SampleCount", "Sum", "Average", "Minimum", "Maximum")]
    assert found == [3, 6, 2, 0, 5]
    assert aggregate.statistic("p30") == 0.0


@pytest.mark.parametrize("name", ["Median", "p", "p101", "p-1", "TM(10%:90%)"])
def test_a_statistic_that_is_none_is_refused(name: str) -> None:
    """It is refused even if there is no value yet."""
    with pytest.raises(NoStatistic, match=re.escape(name)):
        Aggregate().statistic(name)


def test_a_metric_is_all_its_dimensions() -> None:
    """Their order does not matter; with other dimensions it is another metric."""
    store = Store(Clock())
    store.add(METRIC, 2.0)
    same, fewer = Metric.of("N", "latency", {"B": "2", "A": "1"}), Metric.of("N", "latency", {"A": "1"})
    assert store.aggregate(same, 0, 2_000_000).total == 2
    assert store.aggregate(fewer, 0, 2_000_000).total == 0


def test_periods_begin_where_they_are_asked_to() -> None:
    """They begin at the requested time; a value at the end belongs to the next period."""
    clock = Clock()
    store = Store(clock)
    for seconds in range(10):
        clock.now = 1_000_000.0 + seconds
        store.add(METRIC, float(seconds))
    found = store.periods(METRIC, 1_000_002.0, 1_000_009.0, 3.0)
    assert [aggregate.total for aggregate in found] == [2 + 3 + 4, 5 + 6 + 7, 8]


def test_seconds_become_minutes_and_are_forgotten_after_a_day() -> None:
    """No value is lost or counted twice when seconds become minutes."""
    clock = Clock()
    store = Store(clock)
    for _ in range(90):
        store.add(METRIC, 1.0)
        clock.now += 20
    start = 1_000_000 // 60 * 60
    assert store.aggregate(METRIC, start, clock.now).count == 90
    # 15 minutes at three values a minute stay in seconds, and the minute on the border.
    assert len(store._series[METRIC].fine) <= 3 * 17
    clock.now += 25 * 3600
    store.add(METRIC, 1.0)
    assert store.aggregate(METRIC, start, clock.now + 1).count == 1

"""Alarms treat missing data as CloudWatch's page about it says."""

import pytest

from emulator.metrics import alarm, query
from emulator.metrics.aggregate import NoStatistic
from emulator.metrics.alarm import State
from emulator.metrics.math import Expression, NotUnderstood
from emulator.metrics.store import Metric, Store

RETAIN = "Retain"
NOW = 1_000_020.0  # the end of a minute


def state(points: str, missing: str, to_alarm: int) -> str:
    """Return the state of data points in AWS's notation: X breaches, 0 doesn't, - is missing."""
    values = [{"X": 9.0, "0": 1.0, "-": None}[point] for point in points.split()]
    found = {
        alarm.judged(
            values,
            wanted=3,
            to_alarm=to_alarm,
            threshold=5,
            comparison="GreaterThanThreshold",
            missing=missing,
            current=current,
        ).state
        for current in State
    }
    return RETAIN if len(found) > 1 else found.pop()


@pytest.mark.parametrize(
    ("points", "to_alarm", "expected"),
    [
        ("0 - X - X", 3, ["OK", "OK", "OK", "OK"]),
        ("- - - - 0", 3, ["OK", "OK", "OK", "OK"]),
        ("- - - - -", 3, ["INSUFFICIENT_DATA", RETAIN, "ALARM", "OK"]),
        ("0 X X - X", 3, ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("- - X - -", 3, ["ALARM", RETAIN, "ALARM", "OK"]),
        ("0 - X - X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("0 0 X 0 X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]),
        ("0 - X - -", 2, ["OK", "OK", "ALARM", "OK"]),
        ("- - - - 0", 2, ["OK", "OK", "ALARM", "OK"]),
        ("- - - X -", 2, ["ALARM", RETAIN, "ALARM", "OK"]),
    ],
)
def test_missing_data(points: str, to_alarm: int, expected: list[str]) -> None:
    """Older data points replace missing ones; then the treatment counts: missing, ignore, (not) breaching."""
    treatments = ("missing", "ignore", "breaching", "notBreaching")
    assert [state(points, missing, to_alarm) for missing in treatments] == expected


def test_a_metric_alarm_counts_its_own_dimensions_alone() -> None:
    """Only complete periods count, not the current one."""
    store = Store(lambda: NOW)
    told = {
        "Namespace": "N",
        "MetricName": "errors",
        "Dimensions": [{"Name": "A", "Value": "b"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 2,
        "Threshold": 10,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "StateValue": "OK",
    }
    own, other = Metric.of("N", "errors", {"A": "b"}), Metric.of("N", "errors", {"A": "c"})
    for ago in (30, 90):
        store.add(own, 9.0, at=NOW - ago)
        store.add(other, 9.0, at=NOW - ago)
    store.add(own, 99.0, at=NOW)
    assert alarm.look(store, told, NOW + 10).state is State.OK
    for ago in (40, 100):
        store.add(own, 1.0, at=NOW - ago)
    finding = alarm.look(store, told, NOW + 10)
    assert finding.state is State.ALARM
    assert "2 of 2 datapoints [10, 10] greater than or equal to the threshold (10)" in finding.reason


def test_an_alarm_of_a_share_of_errors() -> None:
    """As in terraform/modules/alarms: a minute without an error is 0 %, one without a request is missing."""
    store = Store(lambda: NOW)
    told = {
        "Metrics": [
            {"Id": "result", "Expression": "100 * FILL(errors, 0) / requests", "ReturnData": True},
            *(
                {
                    "Id": name,
                    "MetricStat": {
                        "Metric": {"Namespace": "N", "MetricName": name},
                        "Period": 60,
                        "Stat": "Sum",
                    },
                    "ReturnData": False,
                }
                for name in ("errors", "requests")
            ),
        ],
        "EvaluationPeriods": 1,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "missing",
    }
    assert alarm.look(store, told, NOW).state is State.INSUFFICIENT_DATA
    store.add(Metric.of("N", "requests", {}), 100.0, at=NOW - 30)
    assert alarm.look(store, told, NOW).state is State.OK
    store.add(Metric.of("N", "errors", {}), 5.0, at=NOW - 30)
    assert alarm.look(store, told, NOW).state is State.ALARM


def test_a_faster_pace_keeps_rates() -> None:
    """At ten times the pace, ten requests in six seconds are a hundred a minute."""
    store, metric = Store(lambda: NOW), Metric.of("N", "requests", {})
    store.add(metric, 10.0, at=NOW - 3)
    told = {
        "Namespace": "N",
        "MetricName": "requests",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 100,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "StateValue": "OK",
    }
    assert alarm.look(store, told, NOW, pace=10).state is State.ALARM
    assert alarm.look(store, told, NOW, pace=1).state is State.OK


@pytest.mark.parametrize(("samples", "expected"), [(199, State.OK), (200, State.ALARM)])
def test_percentiles_of_few_samples_change_nothing(samples: int, expected: State) -> None:
    """With `ignore`, a p95 needs 200 samples."""
    store, metric = Store(lambda: NOW), Metric.of("N", "seconds", {})
    for _ in range(samples):
        store.add(metric, 9.0, at=NOW - 30)
    told = {
        "Namespace": "N",
        "MetricName": "seconds",
        "ExtendedStatistic": "p95",
        "EvaluateLowSampleCountPercentile": "ignore",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "StateValue": "OK",
    }
    assert alarm.look(store, told, NOW).state is expected


def test_metric_math() -> None:
    """It is computed value by value; a missing value or a division by zero gives a missing value."""
    series: dict[str, list[float | None]] = {"a": [1.0, None, 3.0], "b": [2.0, 4.0, 0.0]}
    assert Expression("-a + 2 * b").value(series, 3) == [3.0, None, -3.0]
    assert Expression("FILL(a, 7) / b").value(series, 3) == [0.5, 1.75, None]


@pytest.mark.parametrize("text", ["a ** 2", "SUM(METRICS())", "a if b else c", "a +", "__import__('os')"])
def test_other_math_is_refused(text: str) -> None:
    """The emulator evaluates no other expression."""
    with pytest.raises(NotUnderstood):
        Expression(text)


@pytest.mark.parametrize(
    ("queries", "error"),
    [
        ([{"Id": "a", "Expression": "b + 1"}], NotUnderstood),
        ([{"Id": "a", "Expression": "b"}, {"Id": "b", "Expression": "a"}], NotUnderstood),
        ([{"Id": "a", "MetricStat": {"Metric": {}, "Period": 60, "Stat": "Mode"}}], NoStatistic),
    ],
)
def test_queries_that_cannot_be_answered(queries: list[dict[str, object]], error: type[Exception]) -> None:
    """An unknown id, a circle and an unknown statistic are errors."""
    window = query.Window(start=0, end=60, seconds=60)
    with pytest.raises(error):
        query.answers(Store(lambda: NOW), queries, window)

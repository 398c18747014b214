"""The queries to CloudWatch, and the meaning of their results."""

from datetime import UTC, datetime

import pytest
from botocore.stub import Stubber

from tests.wrapper.measures import BALANCER, Measures, group_arn
from wrapper.aws.client import Aws
from wrapper.ecs.comparison import Outcome, Traffic, judge
from wrapper.ecs.comparison.traffic import Window, traffic_of

GROUPS = [group_arn(f"shop-{slot}") for slot in ("new", "old")]
SINCE = datetime(2026, 1, 1, 12, 0, 20, tzinfo=UTC)
START = SINCE.replace(second=0)
UNTIL = datetime(2026, 1, 1, 12, 2, 0, tzinfo=UTC)


def test_what_was_not_answered_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """5xx count per target group; a broken connection is a request that the load balancer answers."""
    values = {"requests0": [600.0, 400.0], "a0x0": [590.0, 393.0], "a3x0": [4.0, 3.0], "p0": [0.04]}
    answers = Measures(monkeypatch, values | {"own0x0": [1.0, 0.0], "own1x0": [20.0, 0.0]}, start=START)
    window = Window(since=SINCE, until=UNTIL)
    new, old = traffic_of(answers.aws, load_balancer=BALANCER, groups=GROUPS, window=window, doubt=1e-5)
    assert (new.requests, new.failed) == (1_000, 7 + 10)
    assert old == Traffic(requests=0, failed=0)


def test_a_request_in_flight_has_not_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no answer yet, and the load balancer has not given up on it. Nor has it on a WebSocket."""
    values = {"requests0": [600.0, 400.0], "a0x0": [590.0, 353.0], "own1x0": [0.0, 2.0]}
    answers = Measures(monkeypatch, values, start=START)
    window = Window(since=SINCE, until=UNTIL)
    new, _ = traffic_of(answers.aws, load_balancer=BALANCER, groups=GROUPS, window=window, doubt=1e-5)
    assert (new.requests, new.failed) == (1_000, 2)


def test_it_asks_as_the_load_balancer_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its dimensions, whole minutes for sums, and one period for percentiles, which can't be added."""
    answers = Measures(monkeypatch, {"requests0": [1_000.0]}, start=START)
    window = Window(since=SINCE, until=UNTIL)
    traffic_of(answers.aws, load_balancer=BALANCER, groups=GROUPS, window=window, doubt=1e-5)
    counts, percentiles = answers.asked[0], answers.asked[1]
    metric = counts["MetricDataQueries"][0]["MetricStat"]
    assert metric == {
        "Metric": {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": "RequestCount",
            "Dimensions": [
                {"Name": "LoadBalancer", "Value": "app/shop/50dc6c495c0c9188"},
                {"Name": "TargetGroup", "Value": "targetgroup/shop-new/943f017f100becff"},
            ],
        },
        "Period": 60,
        "Stat": "Sum",
    }
    own = [
        each["MetricStat"]["Metric"] for each in counts["MetricDataQueries"] if each["Id"].startswith("own1")
    ]
    assert own == [
        {
            "Namespace": "AWS/ApplicationELB",
            "MetricName": "HTTPCode_ELB_5XX_Count",
            "Dimensions": [{"Name": "LoadBalancer", "Value": "app/shop/50dc6c495c0c9188"}],
        }
    ]
    assert counts["StartTime"] == SINCE.replace(second=0)
    asked = {each["Id"]: each["MetricStat"] for each in percentiles["MetricDataQueries"]}
    assert {name: each["Period"] for name, each in asked.items()} == {"p0": 120, "low0": 120, "high0": 120}
    assert asked["p0"]["Stat"] == "p95"
    assert 90 < float(asked["low0"]["Stat"][1:]) < 95 < float(asked["high0"]["Stat"][1:]) < 100


def test_bounds_hold_for_both_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """If CloudWatch divides the window in two, the bounds hold for both halves together."""
    values = {"requests0": [1_000.0], "p0": [0.1, 0.2], "low0": [0.08, 0.18], "high0": [0.12, 0.22]}
    answers = Measures(monkeypatch, values, start=START)
    window = Window(since=SINCE, until=UNTIL)
    new, _ = traffic_of(answers.aws, load_balancer=BALANCER, groups=GROUPS, window=window, doubt=1e-5)
    assert new.latency is not None
    assert (new.latency.p95, new.latency.surely_above, new.latency.surely_below) == (0.2, 0.08, 0.22)


def test_an_alarm_that_rings_is_a_reason() -> None:
    """It is named in full, and no request is needed for it."""
    aws = Aws(region="eu-west-1", endpoint_url="http://127.0.0.1:1")
    with Stubber(aws.cloudwatch) as stubber:
        stubber.add_response("get_metric_data", {"MetricDataResults": []})
        stubber.add_response(
            "describe_alarms",
            {"MetricAlarms": [{"AlarmName": "shop-web-errors"}]},
            {"AlarmNames": ["shop-web-errors"], "StateValue": "ALARM"},
        )
        verdict = judge(
            aws,
            load_balancer=BALANCER,
            new=GROUPS[0],
            old=GROUPS[1],
            since=SINCE,
            until=UNTIL,
            alarms=["shop-web-errors"],
        )
    assert verdict.outcome is Outcome.WORSE
    assert verdict.reasons == ("Alarm shop-web-errors is in ALARM.",)

"""Rate, errors and p95 of a service, from CloudWatch's values."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.stub import Stubber

from tests.wrapper.measures import BALANCER, Measures, group_arn
from wrapper.aws.client import Aws
from wrapper.ecs.load import Load, history, loads, places_of
from wrapper.ecs.measures import place_of
from wrapper.verbs.status import load_json, measures_of

NOW = datetime(2026, 1, 1, 12, 10, 30, tzinfo=UTC)
OLDEST = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
PLACES = {"web": place_of(BALANCER, group_arn("web"))}


def test_the_last_five_minutes_are_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The current minute counts with the seconds that have passed."""
    told: dict[str, list[float | None]] = {
        "requests0": [600.0] * 11,
        "a0x0": [594.0] * 11,
        "a3x0": [3.0] * 11,
        "own1x0": [3.0] * 11,
        "p0": [None] * 6 + [0.25],
    }
    measures = Measures(monkeypatch, told, start=OLDEST)
    found = loads(measures.aws, PLACES, now=NOW)["web"]
    assert found.seconds == 4 * 60 + 30
    # A request that the load balancer answered itself has failed, like one with a 5xx.
    assert (found.requests, found.failed, found.p95_seconds) == (3_000, 30, 0.25)
    assert found.per_second == pytest.approx(3_000 / 270)
    assert found.failed_percent == pytest.approx(1)
    percentile = measures.asked[1]["MetricDataQueries"][0]["MetricStat"]
    assert (percentile["Period"], percentile["Stat"]) == (300, "p95")
    assert measures.asked[1]["StartTime"] == NOW.replace(minute=6, second=0)


def test_each_load_balancer_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it answers itself counts for all of its services, and for no other load balancer's."""
    other = place_of(BALANCER.replace("shop", "other"), group_arn("other"))
    places = {**PLACES, "other": other, "api": place_of(BALANCER, group_arn("api"))}
    told = {f"requests{number}": [60.0] * 11 for number in range(3)} | {"own1x0": [1.0] * 11}
    measures = Measures(monkeypatch, told, start=OLDEST)
    found = loads(measures.aws, places, now=NOW)
    assert {name: each.failed for name, each in found.items()} == {"web": 5, "other": 0, "api": 5}
    asked = [each["Id"] for each in measures.asked[0]["MetricDataQueries"]]
    assert [name for name in asked if name.startswith("own")] == ["own0x0", "own1x0", "own0x1", "own1x1"]


def test_what_comes_late_is_no_lack_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's newest minute is some minutes old: the last five minutes end there."""
    measures = Measures(monkeypatch, {"requests0": [60.0] * 8, "a0x0": [60.0] * 8}, start=OLDEST)
    found = loads(measures.aws, PLACES, now=NOW)["web"]
    assert (found.start, found.seconds) == (NOW.replace(minute=3, second=0), 300)
    assert (found.per_second, found.failed, found.p95_seconds) == (1, 0, None)


def test_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without requests there are no errors, and no latency."""
    found = loads(Measures(monkeypatch, {}, start=OLDEST).aws, PLACES, now=NOW)["web"]
    assert measures_of(found) == ("0/s", "-", "-")
    assert load_json(found)["failed_percent"] is None


def test_in_few_words() -> None:
    """They are the columns of `status`; an unknown value is a dash."""
    found = Load(start=NOW, seconds=270, requests=3_000, failed=30, p95_seconds=0.01234)
    assert measures_of(found) == ("11.1/s", "1 %", "12.3 ms")
    assert measures_of(None) == ("-", "-", "-")


def test_an_hour_minute_by_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest minute is first; minutes without requests are included."""
    told = {"requests0": [60.0, None, 90.0], "a0x0": [60.0, None, 90.0], "p0": [0.1, None, 0.2]}
    start = NOW.replace(minute=8, second=0)
    found = history(Measures(monkeypatch, told, start=start).aws, PLACES, now=NOW, minutes=4)["web"]
    assert [each.start for each in found] == [start + timedelta(minutes=passed) for passed in range(-1, 3)]
    assert [each.requests for each in found] == [0, 60, 0, 90]
    assert [each.per_second for each in found] == [0, 1, 0, 3]
    assert [each.p95_seconds for each in found] == [None, 0.1, None, 0.2]


def test_a_group_behind_no_load_balancer_has_no_place() -> None:
    """Such a target group has no metrics; neither has a deleted one."""
    aws = Aws(region="eu-west-1", endpoint_url="http://127.0.0.1:1")
    groups = {name: group_arn(name) for name in ("web", "idle", "gone")}
    told = [
        {"TargetGroupArn": groups["web"], "LoadBalancerArns": [BALANCER]},
        {"TargetGroupArn": groups["idle"], "LoadBalancerArns": []},
    ]
    with Stubber(aws.elbv2) as stubber:
        stubber.add_response("describe_target_groups", {"TargetGroups": told})
        assert places_of(aws, groups) == PLACES
    assert places_of(aws, {}) == {}

"""The number of tasks follows a metric by the rules of Application Auto Scaling."""

import pytest

from emulator.metrics import tracking
from emulator.metrics.tracking import Memory, Policy, Reading

POLICY = Policy(target=100, out_cooldown=60, in_cooldown=300)


def reading(value: float | None, policy: Policy = POLICY) -> Reading:
    """Return the reading of a metric that had this value for long enough."""
    return Reading(
        policy=policy,
        value=value,
        is_high=value is not None and value > policy.target,
        is_low=value is not None and value < 0.9 * policy.target,
    )


def wanted(*readings: Reading, tasks: int, memory: Memory | None = None, **more: float | bool) -> int:
    settings = {"least": 1, "most": 10, "now": 1_000.0, **more}
    return tracking.wanted(readings, tasks=tasks, memory=memory or Memory(), **settings)  # type: ignore[arg-type]  # of several types


@pytest.mark.parametrize(
    ("value", "tasks", "expected"),
    [(250, 1, 3), (101, 4, 5), (5_000, 2, 10), (95, 4, 4), (50, 4, 2), (1, 4, 1), (0, 4, 1), (0, 0, 0)],
)
def test_in_proportion(value: float, tasks: int, expected: int) -> None:
    """It scales out in proportion, and in only below nine tenths of the target, within the limits."""
    assert wanted(reading(value), tasks=tasks) == expected


def test_without_data_nothing_changes() -> None:
    """Without data it is not safe to stop tasks."""
    assert wanted(reading(None), tasks=4) == 4


def test_out_if_one_says_so_in_if_all_do() -> None:
    """The largest number of all policies applies."""
    assert wanted(reading(200), reading(10), tasks=2) == 4
    assert wanted(reading(50), reading(95), tasks=4) == 4
    assert wanted(reading(50), reading(70), tasks=4) == 3


def test_what_may_not_scale_in_has_no_say_in_it() -> None:
    """A policy with scale-in disabled neither stops tasks nor keeps another policy from stopping them."""
    only_out = Policy(target=100, out_cooldown=60, in_cooldown=300, may_scale_in=False)
    assert wanted(reading(10, only_out), tasks=4) == 4
    assert wanted(reading(95, only_out), reading(50), tasks=4) == 2


def test_a_cooldown_holds_back_but_not_what_is_more() -> None:
    """Tasks that were just added count, because the metric still describes the time before."""
    memory = Memory()
    assert wanted(reading(200), tasks=2, memory=memory, now=0) == 4
    assert wanted(reading(200), tasks=4, memory=memory, now=30) == 4
    assert wanted(reading(300), tasks=4, memory=memory, now=40) == 6
    assert wanted(reading(150), tasks=6, memory=memory, now=101) == 9


def test_scaling_in_waits_and_scaling_out_ends_the_wait() -> None:
    """A scale-in waits for five minutes by default; a scale-out ends that wait."""
    memory = Memory()
    assert wanted(reading(50), tasks=8, memory=memory, now=0) == 4
    assert wanted(reading(50), tasks=4, memory=memory, now=299) == 4
    assert wanted(reading(50), tasks=4, memory=memory, now=300) == 2
    assert wanted(reading(200), tasks=2, memory=memory, now=310) == 4
    assert wanted(reading(50), tasks=4, memory=memory, now=320) == 2


def test_a_pace_shortens_cooldowns() -> None:
    """At ten times the pace, 300 s are 30."""
    memory = Memory()
    wanted(reading(50), tasks=8, memory=memory, now=0, pace=10)
    assert wanted(reading(50), tasks=4, memory=memory, now=29, pace=10) == 4
    assert wanted(reading(50), tasks=4, memory=memory, now=30, pace=10) == 2


def test_suspended() -> None:
    """Scale-out and scale-in can be suspended separately."""
    assert wanted(reading(200), tasks=2, may_scale_out=False) == 2
    assert wanted(reading(50), tasks=2, may_scale_in=False) == 2


def test_the_alarms_of_a_policy() -> None:
    """Its dimensions are from the label; three minutes above the target, fifteen below nine tenths of it."""
    configuration = {
        "TargetValue": 600,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "ALBRequestCountPerTarget",
            "ResourceLabel": "app/shop/1/targetgroup/shop-web/2",
        },
    }
    alarms = tracking.alarms_of("p", configuration, "service/shop/web")
    assert {name: (each["EvaluationPeriods"], each["Threshold"]) for name, each in alarms.items()} == {
        "High": (3, 600),
        "Low": (15, 540),
    }
    assert alarms["High"]["Dimensions"] == [
        {"Name": "LoadBalancer", "Value": "app/shop/1"},
        {"Name": "TargetGroup", "Value": "targetgroup/shop-web/2"},
    ]
    assert list(tracking.alarms_of("p", configuration | {"DisableScaleIn": True}, "service/shop/web")) == [
        "High"
    ]
    assert (
        tracking.alarms_of("p", {"TargetValue": 1, "CustomizedMetricSpecification": {}}, "service/a/b") == {}
    )

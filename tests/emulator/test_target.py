from dataclasses import replace

import pytest

from emulator.alb.target import Check, Outcome, State, Target, check_of

CHECK = Check(
    path="/health",
    port=None,
    interval_seconds=5,
    timeout_seconds=2,
    healthy_threshold=2,
    unhealthy_threshold=2,
    matcher="200",
)
GOOD, BAD = Outcome(status=200), Outcome(status=500)


def observed(*outcomes: Outcome, check: Check = CHECK) -> Target:
    """Return a target after these outcomes, which came one interval apart."""
    target = Target(address="127.64.0.1", port=8000)
    for number, outcome in enumerate(outcomes):
        target.observe(outcome, check, number * check.interval_seconds)
    return target


def test_new_target_is_healthy_after_one_success() -> None:
    """AWS marks a new target healthy after one check."""
    assert observed(GOOD).state is State.HEALTHY


def test_new_target_is_initial_below_the_threshold() -> None:
    """With fewer failures than the threshold, a new target stays initial."""
    assert observed(BAD).state is State.INITIAL


def test_new_target_is_unhealthy_at_the_threshold() -> None:
    """As many failures as the threshold make it unhealthy."""
    assert observed(BAD, BAD).state is State.UNHEALTHY


def test_unhealthy_target_needs_the_healthy_threshold() -> None:
    """One success isn't enough for a target that was unhealthy."""
    assert observed(BAD, BAD, GOOD).state is State.UNHEALTHY
    assert observed(BAD, BAD, GOOD, GOOD).state is State.HEALTHY


def test_healthy_target_survives_a_single_failure() -> None:
    """Failures count only in a row."""
    assert observed(GOOD, BAD, GOOD, BAD).state is State.HEALTHY


def test_failures_count_once_per_interval() -> None:
    """A new target is checked more often than that, but only one failure in each interval counts."""
    target = Target(address="127.64.0.1", port=8000)
    for moment in (0.0, 0.5, 1.0, 4.9):
        target.observe(BAD, CHECK, moment)
    assert target.state is State.INITIAL


def test_new_target_is_looked_at_sooner() -> None:
    """Only a target that is not new waits for the whole interval."""
    assert observed(BAD).next_probe_at < observed(GOOD).next_probe_at == CHECK.interval_seconds


@pytest.mark.parametrize(
    ("outcome", "reason", "description"),
    [
        (BAD, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [500]"),
        (Outcome(timed_out=True), "Target.Timeout", "Request timed out"),
        (Outcome(), "Target.FailedHealthChecks", "Health checks failed"),
    ],
)
def test_reason_of_an_unhealthy_target(outcome: Outcome, reason: str, description: str) -> None:
    """The reason and its sentence are AWS's."""
    target = observed(outcome, outcome)
    assert (target.reason, target.description) == (reason, description)


def test_healthy_target_has_no_reason() -> None:
    """After a recovery the reason is removed."""
    target = observed(BAD, BAD, GOOD, GOOD)
    assert (target.reason, target.description) == ("", "")


def test_draining_target_ignores_checks() -> None:
    """The result of a check is ignored while a target drains."""
    target = observed(GOOD)
    target.drain(10, now=100)
    target.observe(GOOD, CHECK, 101)
    assert (target.state, target.reason) == (State.DRAINING, "Target.DeregistrationInProgress")


@pytest.mark.parametrize(
    ("matcher", "good", "bad"),
    [("200", [200], [201, 404]), ("200-299", [200, 250, 299], [300]), ("200,301", [200, 301], [250])],
)
def test_matcher(matcher: str, good: list[int], bad: list[int]) -> None:
    """A matcher is a code, a range, or several of them."""
    check = replace(CHECK, matcher=matcher)
    assert all(check.accepts(status) for status in good)
    assert not any(check.accepts(status) for status in bad)


def test_check_of_a_group() -> None:
    """A target group's settings become the check; `traffic-port` is the target's port."""
    group = {
        "HealthCheckPath": "/health",
        "HealthCheckPort": "traffic-port",
        "HealthCheckIntervalSeconds": 5,
        "HealthCheckTimeoutSeconds": 2,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 2,
        "Matcher": {"HttpCode": "200"},
    }
    assert check_of(group) == CHECK
    assert check_of({**group, "HealthCheckPort": "9000"}).port == 9000

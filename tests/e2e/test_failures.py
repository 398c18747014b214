"""Everything that can go wrong with a roll-out: told with its cause, before the deadline, while the old version answers.

One environment for all; what is broken stops by itself, so that the next case begins from the good version.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import Clone
from tests.e2e.trial import DEADLINE_SECONDS, NAME, Outcome, Trial, declare

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TINY = "services.tiny"
FILMS = "services.recommender"
ABSENT = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:absent-AbCdEf"
# Longer than any case may take: not the deadline of the roll-out, which begins after plan and apply.
MEDIAN_SECONDS = 60


@dataclass(frozen=True)
class Case:
    """A broken change, and words that its verdict must hold."""

    name: str
    overrides: tuple[str, ...]
    words: tuple[str, ...]
    code: int = 6


def trouble(name: str, *words: str, more: tuple[str, ...] = ()) -> Case:
    overrides = (f"{TINY}.environment={{TROUBLE: {name}, VERSION: bad}}", *more)
    return Case(name.replace("_", " "), overrides, words)


ROLLOUTS = (
    trouble("exit_1", "exit code", "1, an error", "no luck at all"),
    trouble("exit_0", "0, it ended by itself", "a service must keep running"),
    trouble("crash_loop", "exit code", "9, an error"),
    trouble("never_listens", "connection refused", "must listen on 0.0.0.0 and on the service's port"),
    trouble("wrong_port", "connection refused", "must listen on 0.0.0.0 and on the service's port"),
    trouble("health_500", "500", "not as health.status says"),
    trouble("health_slow", "timed out", "too slow or not reachable"),
    trouble("oom", "OutOfMemory", "137", "raise size.memory"),
    trouble("exit_1", "ECS went back", more=(f"{TINY}.rollout.failed_tasks=50",)),
    trouble(
        "none",
        "deadline has passed",
        "limit on the number of vCPUs",
        "AWS has no room for the task now",
        more=(f"{TINY}.scaling.min=12", f"{TINY}.rollout.deadline_seconds=20"),
    ),
)
ANSWERS = (
    trouble("uid_500", "must be status 200, got status 500"),
    trouble("uid_empty", "response must have 10 rows, got 0"),
    trouble("uid_duplicates", "must name each item once"),
    trouble("uid_other", "uid must be '20', got '671'"),
    trouble("uid_slow", "latency", "budget 500 ms"),
)


@pytest.fixture(scope="module")
def trial(clone: Clone, request: pytest.FixtureRequest) -> Iterator[Trial]:
    """The good version of everything, with room for twelve tasks of a quarter vCPU."""
    os.environ["WRAPPER_SANDBOX_VCPUS"] = "3"
    declare(clone)
    made = Trial(clone)
    try:
        applied = made.apply()
        assert applied.code == 0, applied.told
        yield made
    finally:
        del os.environ["WRAPPER_SANDBOX_VCPUS"]
        clone.wrapper("sandbox", "down", NAME)
        _print(request.config, made.verdicts)


def _print(config: pytest.Config, verdicts: dict[str, float]) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    for name, seconds in verdicts.items():
        reporter.write_line(f"\n  {name:40}{seconds:6.1f} s", end="")


def check(trial: Trial, name: str, case: Case, outcome: Outcome) -> None:
    """Hold an outcome against its case and remember how long the verdict took."""
    trial.verdicts[name] = outcome.seconds
    assert outcome.code == case.code, outcome.told
    for word in case.words:
        assert word in outcome.told, outcome.told


@pytest.mark.parametrize(
    "case", ROLLOUTS, ids=[f"{number}-{case.name}" for number, case in enumerate(ROLLOUTS)]
)
def test_a_failed_roll_out_names_its_cause_while_the_old_version_answers(trial: Trial, case: Case) -> None:
    """Non-zero before the deadline, the cause in the text and as data, not one request lost, and then stopped."""
    outcome = trial.apply(*case.overrides)
    check(trial, case.name, case, outcome)
    assert outcome.failures == {}
    assert outcome.answers["good"] > outcome.answers.get("bad", 0)
    (reason,) = outcome.document["reasons"]
    assert reason["still_running"] >= 2
    waited = outcome.document["steps"][-1]
    assert waited["title"] == "Wait for the roll-out"
    assert waited["seconds"] < DEADLINE_SECONDS


def test_a_missing_secret_is_found_before_anything_is_touched(trial: Trial) -> None:
    """The pre-flight names the key in seconds; nothing is planned, and no request is lost."""
    outcome = trial.apply(f"{TINY}.secrets={{TOKEN: '{ABSENT}'}}", f"{TINY}.environment={{VERSION: bad}}")
    check(
        trial,
        "missing secret",
        Case("missing secret", (), (f"{TINY}.secrets.TOKEN", ABSENT), code=10),
        outcome,
    )
    assert outcome.failures == {}
    assert outcome.document["steps"][-1]["title"] == "Verify what it needs"


@pytest.mark.parametrize("case", ANSWERS, ids=[case.name for case in ANSWERS])
def test_a_wrong_answer_is_found_by_the_smoke_test(trial: Trial, case: Case) -> None:
    """The roll-out went well, so callers see the new version until it is taken back; no request is lost."""
    outcome = trial.apply(*case.overrides, *(("rollback=auto",) if case is ANSWERS[-1] else ()))
    trial.verdicts[case.name] = outcome.seconds
    assert outcome.code == 7, outcome.told
    for word in case.words:
        assert word in outcome.told
    assert outcome.failures == {}
    if case is ANSWERS[-1]:
        assert (
            "Release 1 runs again and answers as it should." in outcome.told or "runs again" in outcome.told
        )
        assert trial.clone.get("/version").json() == {"version": "good"}

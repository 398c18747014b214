"""Every failure of a roll-out is reported with its cause.

One environment for all. The old version answers meanwhile. What is broken is stopped, so that the next case
begins from the verified release.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.e2e.conftest import Clone, kill_hard
from tests.e2e.trial import HOST, NAME, Outcome, Trial, declare

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.usefixtures("attached")]

TINY = "services.tiny"
FILMS = "services.recommender"
ABSENT = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:absent-AbCdEf"
NO_IMAGE = f"000000000000.dkr.ecr.eu-west-1.amazonaws.com/recommender-{NAME}/tiny@sha256:{'0' * 64}"
HELPER = '{helper: {command: ["python", "-c", "raise SystemExit(4)"]}}'


@dataclass(frozen=True)
class Case:
    """A change that breaks the roll-out, and words that its verdict must contain."""

    name: str
    overrides: tuple[str, ...]
    words: tuple[str, ...]


def trouble(name: str, *words: str, more: tuple[str, ...] = ()) -> Case:
    overrides = (f"{TINY}.environment={{TROUBLE: {name}, VERSION: bad}}", *more)
    return Case(name.replace("_", " "), overrides, words)


ROLLOUTS = (
    trouble("exit_1", "1, an error", "no luck at all", "its last log lines say why"),
    trouble("exit_0", "0, it ended by itself", "a service must keep running"),
    trouble("crash_loop", "9, an error"),
    trouble("never_listens", "Health checks failed", "must listen on 0.0.0.0 and on the service's port"),
    trouble("wrong_port", "Health checks failed", "must listen on 0.0.0.0 and on the service's port"),
    trouble("health_500", "500", "not as health.status says"),
    trouble("health_slow", "timed out", "too slow or not reachable"),
    trouble("oom", "OutOfMemory", "137", "raise size.memory"),
    Case(
        "essential sidecar dies",
        (f"{TINY}.sidecars={HELPER}", f"{TINY}.environment={{VERSION: bad}}"),
        ("4, an error (helper)", "the sidecar ended and took the task with it"),
    ),
    Case(
        "ECS rolls back silently",
        (f"{TINY}.environment={{TROUBLE: exit_1, VERSION: bad}}", f"{TINY}.rollout.failed_tasks=50"),
        ("ECS went back from",),
    ),
    Case(
        "desired count unreachable",
        (
            f"{TINY}.environment={{VERSION: bad}}",
            f"{TINY}.scaling.min=12",
            f"{TINY}.scaling.max=12",
            f"{TINY}.rollout.deadline_seconds=20",
        ),
        ("deadline has passed", "limit on the number of vCPUs", "AWS has no room for the task now"),
    ),
)
# Found before anything is changed.
PREFLIGHT = (
    Case(
        "image that does not exist",
        (f"{FILMS}.image={{reference: '{NO_IMAGE}'}}",),
        ("must be in its repository",),
    ),
    Case("missing secret", (f"{TINY}.secrets={{TOKEN: '{ABSENT}'}}",), (f"{TINY}.secrets.TOKEN", "absent")),
    Case(
        "wrong model version",
        (f"{FILMS}.model={{name: movielens, version: '99'}}",),
        ("movielens/99", "must be published"),
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
    """Apply the release without a fault, with room for twelve tasks of a quarter vCPU."""
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
    assert reporter is not None
    capture = config.pluginmanager.get_plugin("capturemanager")
    assert capture is not None
    with capture.global_and_fixture_disabled():
        reporter.ensure_newline()
        for name, seconds in verdicts.items():
            reporter.write_line(f"  {name:30}{seconds:6.1f} s to the verdict")


def check(trial: Trial, case: Case, outcome: Outcome, *, code: int) -> None:
    """Compare an outcome with its case, and record how long the verdict took."""
    trial.verdicts[case.name] = outcome.seconds
    assert outcome.code == code, outcome.told
    for word in case.words:
        assert word in outcome.told, outcome.told


def names(cases: tuple[Case, ...]) -> list[str]:
    return [case.name.replace(" ", "-") for case in cases]


@pytest.mark.parametrize("case", ROLLOUTS, ids=names(ROLLOUTS))
def test_failed_roll_out_names_its_cause_while_the_old_version_answers(trial: Trial, case: Case) -> None:
    """It ends non-zero, with the cause as text and as data, and no request is lost."""
    outcome = trial.apply(*case.overrides)
    check(trial, case, outcome, code=6)
    assert outcome.failures == {}
    assert outcome.answers["good"] > outcome.answers.get("bad", 0)
    (reason,) = outcome.document["reasons"]
    # On a busy machine one of its two tasks may fail its health checks, and ECS replaces it.
    assert reason["still_running"] >= 1


@pytest.mark.parametrize("case", PREFLIGHT, ids=names(PREFLIGHT))
def test_what_is_missing_is_found_before_anything_is_touched(trial: Trial, case: Case) -> None:
    """The old version continues to run."""
    outcome = trial.apply(*case.overrides)
    check(trial, case, outcome, code=10)
    assert (outcome.failures, set(outcome.answers)) == ({}, {"good"})


def test_damaged_model_is_not_served(trial: Trial) -> None:
    """One byte in the bucket is changed: the new task refuses the model, and the old task keeps its own."""
    bucket = f"recommender-{NAME}-models-000000000000"
    listed = trial.aws.s3.list_objects_v2(Bucket=bucket)["Contents"]
    largest = max(listed, key=lambda item: item["Size"])["Key"]
    content = trial.aws.s3.get_object(Bucket=bucket, Key=largest)["Body"].read()
    trial.aws.s3.put_object(Bucket=bucket, Key=largest, Body=bytes([content[0] ^ 1]) + content[1:])
    case = Case("damaged model", (f"{FILMS}.environment={{NEWER: 'yes'}}",), ("sha256",))
    try:
        outcome = trial.apply(*case.overrides, host=HOST)
    finally:
        trial.aws.s3.put_object(Bucket=bucket, Key=largest, Body=content)
    check(trial, case, outcome, code=6)
    assert outcome.failures == {}
    assert len(outcome.answers) == 1


@pytest.mark.parametrize("case", ANSWERS, ids=names(ANSWERS))
def test_wrong_answer_is_found_by_the_smoke_test(trial: Trial, case: Case) -> None:
    """It serves until it is rolled back, as a roll-out ends before the smoke test; no request is lost."""
    outcome = trial.apply(*case.overrides)
    check(trial, case, outcome, code=7)
    assert outcome.failures == {}


def test_crash_loop_that_looks_healthy_is_found_and_taken_back(trial: Trial) -> None:
    """ECS calls it complete and stops the old version; the wrapper fails, and rolls back to the release."""
    case = trouble(
        "late_crash", "9, an error", "runs again and answers as it should", more=("rollback=auto",)
    )
    check(trial, case, trial.apply(*case.overrides), code=6)
    assert trial.clone.get("/version").json() == {"version": "good"}


def test_listener_removed_by_hand_is_told_and_put_back(trial: Trial) -> None:
    """The smoke test names the infrastructure as the cause, and the next apply creates the listener again."""
    balancer = trial.aws.elbv2.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    (listener,) = trial.aws.elbv2.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    trial.aws.elbv2.delete_listener(ListenerArn=listener["ListenerArn"])
    case = Case("listener removed by hand", (), ("GET /?uid=20", "infrastructure"))
    check(trial, case, trial.apply(command="smoke"), code=7)
    assert trial.apply().code == 0
    assert trial.clone.get("/version").json() == {"version": "good"}


def test_emulator_killed_in_the_middle_is_told(trial: Trial) -> None:
    """Without AWS nothing is known of the tasks; the verdict names AWS as the cause."""
    status = trial.clone.wrapper("sandbox", "status", NAME, "--json")
    pid = int(status.stdout.split('"pid": ')[1].split(",")[0])
    case = trouble("never_listens", "AWS did not answer")
    check(trial, case, trial.apply(*case.overrides, during=lambda: kill_hard(pid)), code=10)

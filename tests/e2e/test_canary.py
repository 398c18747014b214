"""No caller gets a bad version: one environment goes from rolling to canary, through all outcomes."""

import itertools
import json
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import yaml

from tests.e2e.conftest import Clone
from tests.e2e.trial import NAME, Outcome, Trial, declare
from tests.wrapper.sandbox.stage import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900), pytest.mark.usefixtures("attached")]

TINY = "services.tiny"
CANARY = (
    f"{TINY}.rollout.strategy=canary",
    f"{TINY}.rollout.canary={{steps: [20, 60], minutes: 0.05}}",
    f"{TINY}.rollout.bake_seconds=2",
    f"{TINY}.rollout.keep_minutes=60",
)


def version(name: str, trouble: str = "none") -> str:
    return f"{TINY}.environment={{VERSION: {name}, TROUBLE: {trouble}}}"


@pytest.fixture(scope="module")
def trial(clone: Clone) -> Iterator[Trial]:
    """Return an environment with one service that answers with its version and rolls out as usual."""
    declare(clone)
    file = clone.root / "environments" / f"{NAME}.yaml"
    declared = yaml.safe_load(file.read_text())
    del declared["services"]["recommender"]
    declared["services"]["tiny"]["scaling"] = {"min": 1, "max": 3}
    file.write_text(yaml.safe_dump(declared | {"rollback": "auto"}, sort_keys=False))
    made = Trial(clone)
    try:
        applied = made.apply(version("one"))
        assert applied.code == 0, applied.told
        yield made
    finally:
        clone.wrapper("sandbox", "down", NAME)


def changes(trial: Trial, *overrides: str) -> Any:
    told = trial.clone.wrapper("plan", NAME, "--json", overrides=overrides)
    return json.loads(told.stdout)["changes"]


def services(trial: Trial) -> list[str]:
    found = trial.aws.ecs.list_services(cluster=f"recommender-{NAME}")["serviceArns"]
    return sorted(arn.rpartition("/")[2] for arn in found)


def share_of_new(trial: Trial) -> int:
    """Return the smallest weight that a rule gives."""
    elb = trial.aws.elbv2
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    [listener] = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    shared = [each["Actions"][0].get("ForwardConfig", {}).get("TargetGroups", []) for each in rules]
    return min(group["Weight"] for groups in shared if len(groups) == 2 for group in groups)


def expect(outcome: Outcome, *answers: str, code: int = 0) -> None:
    assert outcome.code == code, outcome.told
    assert (outcome.failures, set(outcome.answers)) == ({}, set(answers)), outcome.told


def test_a_good_version_comes_step_by_step(trial: Trial) -> None:
    """One apply changes from rolling to canary; the old version's slot stays, and a second plan is empty."""
    outcome = trial.apply(*CANARY, version("two"))
    expect(outcome, "one", "two")
    for words in (
        "before it gets requests",
        "Compare the answers of tiny",
        "Give tiny 20 %",
        "Give tiny 60 %",
        "Give tiny all",
    ):
        assert words in outcome.told
    assert trial.clone.get("/version").json() == {"version": "two"}
    assert services(trial) == ["tiny", "tiny-green"]
    assert changes(trial, *CANARY, version("two")) is False


def test_a_bad_version_meets_no_caller(trial: Trial) -> None:
    """Its answers are wrong at weight 0: it is removed, and the next plan is empty."""
    expect(trial.apply(*CANARY, version("bad", "uid_500")), "two", code=7)
    assert services(trial) == ["tiny-green"]
    assert changes(trial, *CANARY, version("two")) is False


def test_a_version_that_crashes_late_meets_no_caller(trial: Trial) -> None:
    """It passes its test, and crashes during the bake time."""
    outcome = trial.apply(*CANARY, version("bad", "late_crash"))
    expect(outcome, "two", code=6)
    assert "9, an error" in outcome.told
    assert services(trial) == ["tiny-green"]


def test_a_version_with_other_answers_meets_no_caller(trial: Trial) -> None:
    """Each answer is well-formed, but differs from the old version's. It stays for a comparison by hand."""
    limits = f"{TINY}.smoke.answers_change={{block: {{overlap: 0.5}}}}"
    overrides = (*CANARY, limits, "rollback=never", version("bad", "uid_strange"))
    outcome = trial.apply(*overrides)
    expect(outcome, "two", code=7)
    assert "answers-change: mean overlap@10 is 0.00, at least 0.5 is wanted" in outcome.told
    asked = trial.clone.wrapper("model", "diff", NAME, "--live", "--json", overrides=overrides)
    lists = json.loads(asked.stdout)["lists"]
    assert (lists["changed"], lists["overlap"]["mean"]) == (1, 0)
    assert lists == outcome.document["services"]["tiny"]["answers"]["lists"]


def test_going_back_is_a_shift_alone(trial: Trial) -> None:
    """A rollback needs no plan: the version before is still there, and gets as many tasks as the new one."""
    expect(trial.apply(*CANARY, version("three")), "two", "three")
    ecs, cluster = trial.aws.ecs, f"recommender-{NAME}"
    ecs.update_service(cluster=cluster, service="tiny", desiredCount=2)
    outcome = trial.apply(*CANARY, version("three"), command="rollback")
    expect(outcome, "two", "three")
    assert "Plan app" not in outcome.told
    assert trial.clone.get("/version").json() == {"version": "two"}
    [before] = ecs.describe_services(cluster=cluster, services=["tiny-green"])["services"]
    assert before["desiredCount"] == 2


def test_an_alarm_gives_requests_back(trial: Trial) -> None:
    """It goes off while the new version gets some of the requests; no caller gets an error."""
    alarms = f"{TINY}.alarms={{error_percent: 50, rollback: false}}"

    def ring() -> None:
        eventually(lambda: share_of_new(trial) == 20, seconds=120)
        eventually(lambda: sounded() and share_of_new(trial) == 0, seconds=60)

    def sounded() -> bool:
        """Set the alarms again: the sandbox evaluates them, and resets them without a breach."""
        cloudwatch, prefix = trial.aws.cloudwatch, f"recommender-{NAME}-tiny"
        for alarm in cloudwatch.describe_alarms(AlarmNamePrefix=prefix)["MetricAlarms"]:
            cloudwatch.set_alarm_state(
                AlarmName=alarm["AlarmName"], StateValue="ALARM", StateReason="by hand"
            )
        return True

    slow = (f"{TINY}.rollout.canary.minutes=5", alarms, version("rung"))
    outcome = trial.apply(*CANARY, *slow, during=ring)
    expect(outcome, "two", "rung", code=6)
    assert "has gone off" in outcome.told
    assert trial.clone.get("/version").json() == {"version": "two"}
    assert len(services(trial)) == 1


def begin_and_kill(trial: Trial, name: str) -> None:
    """Give a version the first step's share of the requests, then kill the apply before the next step."""
    overrides = (*CANARY, f"{TINY}.rollout.canary.minutes=5", version(name))
    command = trial.clone.command("apply", NAME, overrides=overrides)
    with subprocess.Popen(
        command, cwd=trial.clone.root, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as begun:
        assert begun.stderr is not None
        # The step before it: a step is only printed when it is over.
        told = list(itertools.takewhile(lambda line: "without requests" not in line, begun.stderr))
        eventually(lambda: share_of_new(trial) == 20)
        begun.kill()
    assert begun.returncode == -signal.SIGKILL, told


def test_after_a_kill_a_rollback_takes_all_of_it_back(trial: Trial) -> None:
    """Requests, tasks and state are all of one version again: that of the existing release."""
    begin_and_kill(trial, "lost")
    outcome = trial.apply(*CANARY, version("two"), command="rollback")
    expect(outcome, "two", "lost")
    assert len(services(trial)) == 1
    assert changes(trial, *CANARY, version("two")) is False
    newest = json.loads(trial.clone.wrapper("releases", NAME, "--json").stdout)[0]
    assert (newest["number"], newest["running"]) == (outcome.document["release"], True)


def test_after_a_kill_the_next_apply_goes_on(trial: Trial) -> None:
    """It finds all that the killed apply has begun."""
    begin_and_kill(trial, "four")
    outcome = trial.apply(*CANARY, version("four"))
    expect(outcome, "two", "four")
    assert "gets 20 % of the requests, and is no release yet" in outcome.told
    assert trial.clone.get("/version").json() == {"version": "four"}


def test_back_to_rolling(trial: Trial) -> None:
    """The slot that gets the requests stays, the other one is deleted, and no request is lost."""
    expect(trial.apply(version("five")), "four", "five")
    assert len(services(trial)) == 1
    assert changes(trial, version("five")) is False


VARIANT = (
    version("five"),
    f"{TINY}.variants={{challenger: {{weight: 20, environment: {{VERSION: six}}}}}}",
    f"{TINY}.route.sticky_seconds=60",
)


def test_a_variant_gets_its_share(trial: Trial) -> None:
    """It is tested, then runs beside the service. A cookie keeps a caller, a header selects a version."""
    outcome = trial.apply(*VARIANT)
    assert (outcome.code, outcome.failures) == (0, {}), outcome.told
    assert outcome.answers.keys() <= {"five", "six"}  # it also keeps its cookies
    for words in ("Smoke-test tiny-challenger before it gets requests", "Give tiny-challenger 20 %"):
        assert words in outcome.told
    assert changes(trial, *VARIANT) is False
    url = f"{trial.clone.url}/version"
    answers = Counter(httpx.get(url).json()["version"] for _ in range(100))
    assert 15 <= answers["six"] <= 25, answers
    with httpx.Client() as caller:
        first = caller.get(url).json()
        assert [caller.get(url).json() for _ in range(20)] == [first] * 20
    for name, expected in (("tiny", "five"), ("tiny-challenger", "six")):
        headers = {"X-Slot": f"recommender-{NAME}-{name}"}
        assert {httpx.get(url, headers=headers).json()["version"] for _ in range(5)} == {expected}
    told = json.loads(trial.clone.wrapper("status", NAME, "--json", overrides=VARIANT).stdout)
    assert told["variants"] == {"tiny-challenger": {"of": "tiny", "declared": 20, "now": 20}}
    assert told["services"]["tiny-challenger"]["ok"] is True
    both = ("tiny", "tiny-challenger")
    asked = trial.clone.wrapper("model", "diff", NAME, "--live", *both, "--json", overrides=VARIANT)
    assert json.loads(asked.stdout)["lists"]["overlap"]["mean"] == 1
    drift = trial.clone.wrapper("drift", NAME, overrides=VARIANT)
    assert drift.returncode == 0, drift.stdout


def test_a_weight_is_a_rule_and_no_roll_out(trial: Trial) -> None:
    """The review describes the change in words."""
    told = trial.clone.wrapper(
        "plan", NAME, "--json", overrides=(*VARIANT, f"{TINY}.variants.challenger.weight=60")
    )
    document = json.loads(told.stdout)
    assert [each["address"] for each in document["stacks"]["app"]["changes"]] == [
        'module.routes.aws_lb_listener_rule.route["*"]'
    ]
    assert "tiny-challenger: gets 60 % of tiny's requests instead of 20 %." in document["notes"]


def test_a_variants_bad_version_meets_no_caller(trial: Trial) -> None:
    """It waits without requests; the next version that is good has its share again, and no more is to do."""
    bad = f"{TINY}.variants.challenger.environment={{VERSION: bad, TROUBLE: uid_500}}"
    for overrides, code in (((*VARIANT, bad, "rollback=never"), 7), (VARIANT, 0)):
        outcome = trial.apply(*overrides)
        assert (outcome.code, outcome.failures) == (code, {}), outcome.told
        assert outcome.answers.keys() <= {"five", "six"}
        assert "Smoke-test tiny-challenger before it gets requests" in outcome.told
        assert ("Give tiny-challenger 20 %" in outcome.told) == (code == 0)
    assert changes(trial, *VARIANT) is False


def test_a_promoted_variant_loses_no_request(trial: Trial) -> None:
    """One edit gives the service the variant's settings, and one apply ends the variant."""
    outcome = trial.apply(version("six"))
    assert (outcome.code, outcome.failures) == (0, {}), outcome.told
    assert outcome.answers.keys() <= {"five", "six"}
    assert {trial.clone.get("/version").json()["version"] for _ in range(10)} == {"six"}
    assert len(services(trial)) == 1
    assert changes(trial, version("six")) is False
    destroyed = trial.clone.wrapper("destroy", NAME, "--yes")
    assert destroyed.returncode == 0, destroyed.stderr

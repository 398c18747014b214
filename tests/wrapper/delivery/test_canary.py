"""Which version gets requests, checked without a load balancer that shares them."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.stub import Stubber

from tests.sample import ENVIRONMENTS
from tests.wrapper.listener import Listener
from wrapper.aws.client import Aws, Credentials
from wrapper.delivery import canary
from wrapper.delivery.contents import stand_in
from wrapper.delivery.site import Command, Site
from wrapper.ecs.rollout import Reason, RolloutFailed
from wrapper.ecs.rollout.judge import Failed, Progressing, Verdict
from wrapper.ecs.rollout.watch import Watch
from wrapper.environment import Environment, load
from wrapper.terraform import Terraform
from wrapper.terraform.outputs import App, ServiceOutput, Slot

NAME = "recommender"
GROUPS = {
    slot: f"arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/{slot}/1" for slot in ("blue", "green")
}


class Crashed(Watch):
    """A version whose task has ended since the wait for it."""

    def __init__(self, name: str = NAME) -> None:
        self._name = name

    def look(self) -> Verdict:
        return Failed(cause="failed tasks", sentence="1 task failed, which is the limit (1).")

    def reason(self, failed: Failed) -> Reason:
        output = ServiceOutput(
            service_name=self._name,
            task_definition_arn="td:2",
            target_group_arn="",
            log_group_name="",
            url="",
        )
        return canary._reason(self._name, output, failed.sentence)


class Running(Crashed):
    """A version whose tasks run."""

    def look(self) -> Verdict:
        return Progressing(text="")


def output_of(name: str) -> ServiceOutput:
    slots = {
        slot: Slot(service_name=f"{name}-{slot}", task_definition_arn=f"td:{slot}", target_group_arn=arn)
        for slot, arn in GROUPS.items()
    }
    return ServiceOutput(
        service_name=name,
        task_definition_arn="td:blue",
        target_group_arn=GROUPS["blue"],
        log_group_name="",
        url="",
        slots=slots,
        rule_arns=(f"arn:{name}",),
    )


def site_of(root: Path, environment: Environment) -> Site:
    return Site(
        command=Command(root=root, environment=environment, console=Listener()),
        aws=Aws(region="eu-west-1", credentials=Credentials("a", "b")),
        terraform=cast("Terraform", None),
        sandbox=None,
    )


def given(name: str, share: int) -> dict[str, Any]:
    """Return the call that gives the new slot its share."""
    shares = (("blue", 100 - share), ("green", share))
    groups = [{"TargetGroupArn": GROUPS[slot], "Weight": weight} for slot, weight in shares]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
    return {"RuleArn": f"arn:{name}", "Actions": [action]}


class CrashesLater(Crashed):
    """A version whose task ends when it gets requests."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._looks = 0

    def look(self) -> Verdict:
        self._looks += 1
        return Progressing(text="") if self._looks == 1 else super().look()


@pytest.mark.parametrize("at_once", [False, True])
def test_a_version_that_ended_during_its_test_gets_no_request(tmp_path: Path, at_once: bool) -> None:
    """Otherwise the next check would judge the task that replaced it."""
    environment = load("dev", directory=ENVIRONMENTS, overrides=[f"services.{NAME}.rollout.strategy=canary"])
    site, app = site_of(tmp_path, environment), App(url="", services={NAME: output_of(NAME)})
    contents = replace(stand_in(environment), candidates={NAME: "green"})
    with Stubber(site.aws.elbv2) as stubber:
        stubber.add_response("modify_rule", {}, given(NAME, 0))
        with (
            pytest.raises(RolloutFailed),
            canary.given(site, environment, app, contents, {NAME: Crashed()}, at_once=at_once),
        ):
            pytest.fail("it was let in")
        stubber.assert_no_pending_responses()


def test_several_versions_are_let_in_together(tmp_path: Path) -> None:
    """One is given its share right after the other, and both all requests when the last step is over."""
    steps = ["strategy=canary", "canary.steps=[5, 50]", "canary.minutes=0.000000001"]
    found = load(
        "dev", directory=ENVIRONMENTS, overrides=[f"services.{NAME}.rollout.{each}" for each in steps]
    )
    short = found.services[NAME].rollout.canary.model_copy(update={"steps": (10,)})
    rollout = found.services[NAME].rollout.model_copy(update={"canary": short})
    other = found.services[NAME].model_copy(update={"rollout": rollout})
    environment = found.model_copy(update={"services": {NAME: found.services[NAME], "api": other}})
    names = tuple(environment.services)
    site = site_of(tmp_path, environment)
    app = App(url="", services={name: output_of(name) for name in names})
    contents = replace(stand_in(found), candidates=dict.fromkeys(names, "green"))
    with Stubber(site.aws.elbv2) as rules, Stubber(site.aws.cloudwatch) as alarms:
        for name, share in ((NAME, 5), ("api", 10), (NAME, 50), (NAME, 100), ("api", 100)):
            rules.add_response("modify_rule", {}, given(name, share))
        for _ in range(2 * len(names)):
            alarms.add_response("describe_alarms", {"MetricAlarms": []})
        with canary.given(site, environment, app, contents, dict.fromkeys(names, Running())):
            pass
        rules.assert_no_pending_responses()
        alarms.assert_no_pending_responses()
    console = cast("Listener", site.command.console)
    assert [line.partition(":")[0] for line in console.warned] == [
        *(f"{NAME} at 5 %", "api at 10 %"),
        *(f"{NAME} at 50 %", "api at 10 %"),
    ]


def test_one_that_is_worse_takes_the_others_back(tmp_path: Path) -> None:
    """What one release has runs together."""
    found = load("dev", directory=ENVIRONMENTS, overrides=[f"services.{NAME}.rollout.strategy=canary"])
    environment = found.model_copy(
        update={"services": {NAME: found.services[NAME], "api": found.services[NAME]}}
    )
    names = tuple(environment.services)
    site = site_of(tmp_path, environment)
    app = App(url="", services={name: output_of(name) for name in names})
    contents = replace(stand_in(found), candidates=dict.fromkeys(names, "green"))
    with Stubber(site.aws.elbv2) as rules:
        for name, share in ((NAME, 5), ("api", 5), (NAME, 0), ("api", 0)):
            rules.add_response("modify_rule", {}, given(name, share))
        watched = {NAME: Running(), "api": CrashesLater("api")}
        with (
            pytest.raises(RolloutFailed, match="roll-out of api failed"),
            canary.given(site, environment, app, contents, watched),
        ):
            pytest.fail("it was let in")
        rules.assert_no_pending_responses()

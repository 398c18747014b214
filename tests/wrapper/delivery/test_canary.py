"""Which version gets requests, checked without a load balancer that shares them."""

from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from botocore.stub import Stubber

from tests.sample import ENVIRONMENTS
from tests.wrapper.listener import Listener
from wrapper.aws.client import Aws, Credentials
from wrapper.delivery import canary
from wrapper.delivery.contents import stand_in
from wrapper.delivery.site import Command, Site
from wrapper.ecs.rollout import Reason, RolloutFailed
from wrapper.ecs.rollout.judge import Failed, Verdict
from wrapper.ecs.rollout.watch import Watch
from wrapper.environment import load
from wrapper.terraform import Terraform
from wrapper.terraform.outputs import App, ServiceOutput, Slot

NAME = "recommender"
GROUPS = {
    slot: f"arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/{slot}/1" for slot in ("blue", "green")
}


class Crashed(Watch):
    """A version whose task has ended since the wait for it."""

    def __init__(self) -> None:
        pass

    def look(self) -> Verdict:
        return Failed(cause="failed tasks", sentence="1 task failed, which is the limit (1).")

    def reason(self, failed: Failed) -> Reason:
        output = ServiceOutput(
            service_name=NAME, task_definition_arn="td:2", target_group_arn="", log_group_name="", url=""
        )
        return canary._reason(NAME, output, failed.sentence)


@pytest.mark.parametrize("at_once", [False, True])
def test_a_version_that_ended_during_its_test_gets_no_request(tmp_path: Path, at_once: bool) -> None:
    """Otherwise the next check would judge the task that replaced it."""
    environment = load("dev", directory=ENVIRONMENTS, overrides=[f"services.{NAME}.rollout.strategy=canary"])
    aws = Aws(region="eu-west-1", credentials=Credentials("a", "b"))
    command = Command(root=tmp_path, environment=environment, console=Listener())
    site = Site(command=command, aws=aws, terraform=cast("Terraform", None), sandbox=None)
    slots = {
        slot: Slot(service_name=slot, task_definition_arn=f"td:{slot}", target_group_arn=arn)
        for slot, arn in GROUPS.items()
    }
    output = ServiceOutput(
        service_name=NAME,
        task_definition_arn="td:blue",
        target_group_arn=GROUPS["blue"],
        log_group_name="",
        url="",
        slots=slots,
        rule_arns=("arn:rule",),
    )
    contents = replace(stand_in(environment), candidates={NAME: "green"})
    old = [
        {"TargetGroupArn": GROUPS[slot], "Weight": weight} for slot, weight in (("blue", 100), ("green", 0))
    ]
    with Stubber(aws.elbv2) as stubber:
        action = {"Type": "forward", "ForwardConfig": {"TargetGroups": old}}
        stubber.add_response("modify_rule", {}, {"RuleArn": "arn:rule", "Actions": [action]})
        app = App(url="", services={NAME: output})
        with (
            pytest.raises(RolloutFailed),
            canary.given(site, environment, app, contents, {NAME: Crashed()}, at_once=at_once),
        ):
            pytest.fail("it was let in")
        stubber.assert_no_pending_responses()

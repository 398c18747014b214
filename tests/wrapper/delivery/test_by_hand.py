"""Resources that somebody added by hand are distinguished from those of a plan."""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.listener import Listener
from tests.wrapper.review.planned import created, plan
from tests.wrapper.terraform.test_additions import ANYTHING, ASSUMED
from wrapper.aws.client import Aws
from wrapper.delivery.by_hand import by_hand
from wrapper.delivery.site import Command, Site
from wrapper.terraform import PlanFile, Terraform
from wrapper.terraform.plan import Plan, Summary

pytestmark = pytest.mark.slow


@dataclass
class Shown(Terraform):
    """Terraform that shows one plan."""

    plan_shown: Plan

    def show(self, plan: PlanFile) -> Plan:
        return self.plan_shown


def test_what_a_kill_left_in_no_state_is_no_addition(aws: Aws, tmp_path: Path) -> None:
    """The plan that creates it again declares it; a resource in no plan is somebody else's."""
    declared = stacks.environment(f"h{uuid4().hex[:7]}")
    role = f"{declared.name}-task"
    aws.s3.create_bucket(
        Bucket=declared.state_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    recorded = {"mode": "managed", "type": "aws_iam_role", "name": "task"}
    state = {
        "version": 4,
        "resources": [{**recorded, "instances": [{"attributes": {"id": role, "name": role}}]}],
        "outputs": {},
    }
    aws.s3.put_object(Bucket=declared.state_bucket, Key="app.tfstate", Body=json.dumps(state).encode())
    aws.iam.create_role(RoleName=role, AssumeRolePolicyDocument=ASSUMED)
    for name in ("use-objects", "backdoor"):
        aws.iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=ANYTHING)
    made = plan(created("aws_iam_role_policy", {"role": role, "name": "use-objects"}))
    site = Site(
        command=Command(root=tmp_path, environment=declared, console=Listener()),
        aws=aws,
        terraform=Shown(made),
        sandbox=None,
    )
    saved = PlanFile(stack="app", path=tmp_path, has_changes=True, summary=Summary(add=1))
    assert [each.sentence for each in by_hand(site, ["app"])] == [
        "the inline policy backdoor",
        "the inline policy use-objects",
    ]
    assert [each.sentence for each in by_hand(site, ["app"], [saved])] == ["the inline policy backdoor"]

"""Roles and secrets: existing, missing, or not usable."""

import json
from typing import Any

import pytest

from tests.wrapper.stack import ACCOUNT, Stack
from tests.wrapper.verify.scenes import found, only, scene_of
from wrapper.delivery.verify.access import roles, secrets
from wrapper.environment import FargateSize, Job
from wrapper.environment.job import JobImage

pytestmark = pytest.mark.slow

SECRETS = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:"
PARAMETERS = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/"


def trust(**changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "ecs-tasks.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**statement, **changes}]})


def set_trust(stack: Stack, policy: str) -> None:
    stack.aws.iam.update_assume_role_policy(RoleName=f"{stack.prefix}-web-execution", PolicyDocument=policy)


def test_a_role_that_trusts_tasks_is_good(stack: Stack) -> None:
    """The stack writes this very policy; the other role does not exist yet."""
    set_trust(stack, trust())
    execution, task = found(roles, scene_of(stack))
    assert (execution.level, task.level) == ("ok", "skipped")


@pytest.mark.parametrize(
    "policy",
    [
        "{}",
        trust(Principal={"Service": "ec2.amazonaws.com"}),
        trust(Effect="Deny"),
        trust(Action="sts:TagSession"),
        trust(Condition={"StringEquals": {"aws:SourceAccount": "999999999999"}}),
    ],
)
def test_a_role_that_no_task_can_have_is_told(stack: Stack, policy: str) -> None:
    """It is a warning, because an apply corrects the policy."""
    set_trust(stack, policy)
    finding = found(roles, scene_of(stack))[0]
    assert (finding.level, finding.subject) == ("warn", f"role {stack.prefix}-web-execution")
    assert "must trust ecs-tasks.amazonaws.com" in finding.detail
    assert finding.fix == f"python -m wrapper apply {stack.environment.name} restores it"


def test_secrets_that_are_there_are_good(stack: Stack) -> None:
    """An ARN may end in the key of a JSON secret; a parameter may have a path."""
    made = stack.aws.secrets.create_secret(Name="films/token", SecretString='{"key": "s3cr3t"}')
    stack.aws.ssm.put_parameter(Name="/films/flag", Value="s3cr3t", Type="SecureString")
    declared = {"TOKEN": f"{made['ARN']}:key::", "FLAG": f"{PARAMETERS}films/flag"}
    findings = found(secrets, scene_of(stack, secrets=declared))
    assert [each.level for each in findings] == ["ok", "ok"]
    assert "s3cr3t" not in str(findings)


@pytest.mark.parametrize("arn", [f"{SECRETS}none-abcdef", f"{PARAMETERS}none"])
def test_a_secret_that_is_not_there_fails(stack: Stack, arn: str) -> None:
    """The message has the key, and the command that creates a secret."""
    finding = only(secrets, scene_of(stack, secrets={"TOKEN": arn}))
    assert (finding.level, finding.subject) == ("fail", "services.web.secrets.TOKEN")
    assert arn in finding.detail
    assert str(finding.fix).startswith("aws ")


def test_the_secrets_of_sidecars_and_jobs_are_looked_for(stack: Stack) -> None:
    """Each has its path in the file."""
    arn = f"{PARAMETERS}none"
    sidecar = {"command": ["true"], "essential": False, "secrets": {"TOKEN": arn}}
    scene = scene_of(stack, sidecars={"agent": sidecar})
    web = scene.environment.services["web"]
    job = Job(image=JobImage(service="web"), size=FargateSize(cpu=256, memory=512), secrets={"KEY": arn})
    environment = scene.environment.model_copy(update={"services": {"web": web}, "jobs": {"retrain": job}})
    subjects = [each.subject for each in found(secrets, scene, environment=environment)]
    assert subjects == ["services.web.sidecars.agent.secrets.TOKEN", "jobs.retrain.secrets.KEY"]


def test_a_secret_on_its_way_out_fails(stack: Stack) -> None:
    """ECS can't read a secret that is scheduled for deletion, though it can be restored."""
    made = stack.aws.secrets.create_secret(Name="films/old", SecretString="x")
    stack.aws.secrets.delete_secret(SecretId=made["ARN"])
    finding = only(secrets, scene_of(stack, secrets={"TOKEN": made["ARN"]}))
    assert finding.level == "fail"
    assert "restore-secret" in str(finding.fix)

"""What is handed to those who judge: each request once, and the roles with all their policies."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.wrapper.sandbox.stage import Stage
from wrapper.aws.client import Aws
from wrapper.sandbox.recording import ASIDE, keep, roles_of

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


def test_request_is_kept_once_with_all_its_steps(tmp_path: Path) -> None:
    """What somebody did beside is left out; the first answer is taken for all."""
    calls = [
        {"caller": "shop-plan", "step": step, "action": action, "resource": "*", "status": status}
        for step, action, status in (
            (ASIDE, "iam:CreateRole", 200),
            ("plan", "ecs:ListClusters", 200),
            ("drift", "ecs:ListClusters", 503),
            ("drift", "ecs:ListServices", 200),
            ("plan", "ecs:ListClusters", 200),
        )
    ]
    (tmp_path / "recording.jsonl").write_text("".join(f"{json.dumps(call)}\n" for call in calls))
    assert keep(tmp_path / "recording.jsonl", {"shop-plan": {"trust": TRUST}}, tmp_path / "kept") == 2
    kept = [json.loads(line) for line in (tmp_path / "kept" / "calls.jsonl").read_text().splitlines()]
    assert [(call["action"], call["step"], call["steps"], call["status"]) for call in kept] == [
        ("ecs:ListClusters", "plan", ["plan", "drift"], 200),
        ("ecs:ListServices", "drift", ["drift"], 200),
    ]
    assert json.loads((tmp_path / "kept" / "policies.json").read_text()) == {"shop-plan": {"trust": TRUST}}


@pytest.mark.slow
def test_roles_have_their_own_policies_and_the_attached_ones(stage: Stage) -> None:
    """Those of the environment alone, by their names."""
    prefix = f"shop-{uuid4().hex[:8]}"
    iam = stage.client("iam")
    iam.create_role(RoleName=f"{prefix}-task", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.create_role(RoleName=f"{prefix}x-task", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName=f"{prefix}-task", PolicyName="own", PolicyDocument=json.dumps(READ))
    arn = iam.create_policy(PolicyName=f"{prefix}-read", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=f"{prefix}-task", PolicyArn=arn)
    aws = Aws(region="eu-west-1", endpoint_url=stage.sandbox.endpoint_url)
    policies = {"own": READ, f"{prefix}-read": READ}
    assert roles_of(aws, prefix=prefix) == {f"{prefix}-task": {"trust": TRUST, "policies": policies}}

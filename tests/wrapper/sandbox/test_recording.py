"""What is passed to the judge: each request once, and the roles with all their policies."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.wrapper.sandbox.stage import FakeEnvironment, Ports, Stage, aws_of, eventually, free_ports
from wrapper import sandbox
from wrapper.aws.client import Aws, Caller, key_of_role
from wrapper.sandbox.place import Place
from wrapper.sandbox.recording import ASIDE, roles_of, save

TRUST = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


def test_request_is_kept_once_with_all_its_steps(tmp_path: Path) -> None:
    """Calls that belong to no step are left out; the first answer is kept for all."""
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
    assert save(tmp_path / "recording.jsonl", {"shop-plan": {"trust": TRUST}}, tmp_path / "kept") == 2
    kept = [json.loads(line) for line in (tmp_path / "kept" / "calls.jsonl").read_text().splitlines()]
    assert [(call["action"], call["step"], call["steps"], call["status"]) for call in kept] == [
        ("ecs:ListClusters", "plan", ["plan", "drift"], 200),
        ("ecs:ListServices", "drift", ["drift"], 200),
    ]
    assert json.loads((tmp_path / "kept" / "policies.json").read_text()) == {"shop-plan": {"trust": TRUST}}


@pytest.mark.slow
def test_roles_have_their_own_policies_and_the_attached_ones(stage: Stage) -> None:
    """Only the environment's policies are returned, by name."""
    prefix = f"shop-{uuid4().hex[:8]}"
    iam = stage.client("iam")
    iam.create_role(RoleName=f"{prefix}-task", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.create_role(RoleName=f"{prefix}x-task", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.put_role_policy(RoleName=f"{prefix}-task", PolicyName="own", PolicyDocument=json.dumps(READ))
    arn = iam.create_policy(PolicyName=f"{prefix}-read", PolicyDocument=json.dumps(READ))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=f"{prefix}-task", PolicyArn=arn)
    aws = aws_of(stage.sandbox)
    policies = {"own": READ, f"{prefix}-read": READ}
    assert roles_of(aws, prefix=prefix) == {f"{prefix}-task": {"trust": TRUST, "policies": policies}}


@pytest.mark.slow
def test_sandbox_records_requests_and_what_roles_do(root: Path, app: Path) -> None:
    """The caller is a role's key, the step its session; ECS starts a task by the execution role."""
    ports = free_ports()
    environment = FakeEnvironment(sandbox=Ports(ports.port, ports.alb_port, record=True))
    stage = Stage(sandbox=sandbox.up(environment, root=root, progress=print), root=root)
    try:
        role = key_of_role(Caller("shop-github-apply", "destroy"), of=stage.sandbox.credentials)
        deployer = Aws(region="eu-west-1", endpoint_url=stage.sandbox.endpoint_url, credentials=role)
        deployer.sqs.create_queue(QueueName="shop")
        stage.client("logs").create_log_group(logGroupName="/ecs/shop")
        execution = "arn:aws:iam::000000000000:role/shop-execution"
        stage.run(stage.definition(image=stage.push(app), logs="/ecs/shop", execution_role=execution))
        recording = Place(root=root, environment=environment.name).recording

        def found() -> set[tuple[str, str, str]]:
            lines = map(json.loads, recording.read_text().splitlines())
            return {
                (line["caller"], line["step"], line.get("action") or line["headers"].get("x-amz-target", ""))
                for line in lines
            }

        wanted = {
            ("shop-github-apply", "destroy", "AmazonSQS.CreateQueue"),
            ("shop-execution", "service", "ecr:BatchGetImage"),
            ("shop-execution", "service", "logs:PutLogEvents"),
        }
        eventually(lambda: wanted <= found())
    finally:
        sandbox.down(environment, root=root)


@pytest.mark.slow
def test_everyday_sandbox_records_nothing(stage: Stage) -> None:
    """Its requests are dropped when they are answered."""
    stage.client("ecs").list_clusters()
    assert not Place(root=stage.root, environment=stage.sandbox.environment).recording.exists()

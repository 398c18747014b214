"""AWS on a bad day: a share of the calls is refused, in each protocol's form, and retried."""

from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.wrapper.sandbox.stage import FakeEnvironment, Stage, aws_of
from wrapper import sandbox
from wrapper.aws.client import Aws, explain
from wrapper.sandbox.settings import FAULT_PERCENT

pytestmark = pytest.mark.slow


def started(root: Path, environment: FakeEnvironment, monkeypatch: pytest.MonkeyPatch, percent: str) -> Stage:
    monkeypatch.setenv(FAULT_PERCENT, percent)
    return Stage(sandbox=sandbox.up(environment, root=root, progress=print), root=root)


def ask(aws: Aws) -> None:
    """Make a call of each protocol: query, EC2's own, JSON, and S3's."""
    aws.sts.get_caller_identity()
    aws.ec2.describe_vpcs()
    aws.ecs.list_clusters()
    aws.s3.list_buckets()
    aws.elbv2.describe_load_balancers()


def test_one_call_in_five_refused_is_only_slower(
    root: Path, environment: FakeEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Throttling and server errors are retried, in each protocol."""
    stage = started(root, environment, monkeypatch, "20")
    aws = aws_of(stage.sandbox)
    for _ in range(6):
        ask(aws)


@pytest.mark.parametrize("service", ["sts", "ec2", "ecs", "s3"])
def test_refusal_is_told_with_its_request(
    root: Path, environment: FakeEnvironment, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    """The error has the call, the code and the request's id."""
    stage = started(root, environment, monkeypatch, "100")
    monkeypatch.setattr("wrapper.aws.client.ATTEMPTS", 1)
    aws = aws_of(stage.sandbox)
    calls: dict[str, Callable[[], object]] = {
        "sts": lambda: aws.sts.get_caller_identity(),
        "ec2": lambda: aws.ec2.describe_vpcs(),
        "ecs": lambda: aws.ecs.list_clusters(),
        "s3": lambda: aws.s3.list_buckets(),
    }
    with pytest.raises(ClientError) as caught:
        calls[service]()
    said = explain(caught.value).message
    assert said.startswith(f"{service} ")
    assert "(request none)" not in said
    assert any(word in said for word in ("Rate exceeded", "An internal error has occurred"))

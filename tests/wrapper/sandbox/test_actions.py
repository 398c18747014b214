"""Calls as they are sent, and the IAM actions behind them."""

import json
from pathlib import Path

import pytest

from tests.wrapper.sandbox.stage import FakeEnvironment, Ports, Stage, eventually
from wrapper.sandbox.actions import action_of, actions
from wrapper.sandbox.place import Place


def rest(method: str, path: str, query: str = "", *, service: str = "s3") -> str:
    return action_of({"service": service, "method": method, "path": path, "query": query, "operation": ""})


@pytest.mark.parametrize(
    ("method", "path", "query", "action"),
    [
        ("GET", "/", "", "s3:ListAllMyBuckets"),
        ("GET", "/models", "", "s3:ListBucket"),
        ("GET", "/models/", "list-type=2&prefix=a%2F", "s3:ListBucket"),
        ("GET", "/models", "encryption", "s3:GetEncryptionConfiguration"),
        ("PUT", "/models", "publicAccessBlock=", "s3:PutBucketPublicAccessBlock"),
        ("GET", "/models", "versions&prefix=a", "s3:ListBucketVersions"),
        ("POST", "/models", "delete", "s3:DeleteObject"),
        ("HEAD", "/models/a/b.npy", "", "s3:GetObject"),
        ("PUT", "/models/a/b.npy", "partNumber=1&uploadId=u", "s3:PutObject"),
        ("DELETE", "/models/a/b.npy", "uploadId=u", "s3:AbortMultipartUpload"),
    ],
)
def test_s3_is_told_by_method_path_and_query(method: str, path: str, query: str, action: str) -> None:
    """S3's requests contain no operation, and its IAM actions have other names."""
    assert rest(method, path, query) == action


def test_other_rest_services_are_told_by_their_paths() -> None:
    """The operation is the one whose path matches."""
    path = "/2013-04-01/hostedzone/Z1/rrset"
    assert rest("GET", path, service="route53") == "route53:ListResourceRecordSets"
    assert rest("POST", "/schedules/nightly", service="scheduler") == "scheduler:CreateSchedule"


def test_smithy_names_the_operation_in_the_path() -> None:
    """CloudWatch signs as `monitoring`, but IAM calls it cloudwatch."""
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm"
    assert rest("POST", path, service="monitoring") == "cloudwatch:PutMetricAlarm"


def test_a_call_that_was_never_written_whole_is_left_out(tmp_path: Path) -> None:
    """An emulator may be killed at any moment."""
    environment = FakeEnvironment(sandbox=Ports(1, 2))
    calls = Place(root=tmp_path, environment=environment.name).calls
    calls.parent.mkdir(parents=True)
    call = {"service": "ecs", "method": "POST", "path": "", "query": "", "operation": "DescribeServices"}
    calls.write_text(json.dumps(call) + "\n" + json.dumps(call)[:30])
    assert actions(environment, root=tmp_path) == {"ecs:DescribeServices"}


def test_named_operation_needs_no_path() -> None:
    """The query protocol and the JSON protocols contain the operation."""
    call = {"service": "ecs", "method": "POST", "path": "", "query": "", "operation": "DescribeServices"}
    assert action_of(call) == "ecs:DescribeServices"


def test_before_the_first_sandbox_nothing_was_called(tmp_path: Path) -> None:
    """A clone without a sandbox so far has no calls either."""
    assert actions(FakeEnvironment(sandbox=Ports(0, 0)), root=tmp_path) == frozenset()


def test_unknown_path_is_no_action() -> None:
    """A call that botocore does not know is shown, not left out."""
    assert rest("PATCH", "/models/a") == "s3:?"


@pytest.mark.slow
def test_sandbox_tells_what_was_called(stage: Stage) -> None:
    """A deployment to it shows which permissions are needed on AWS."""
    bucket = stage.client("s3")
    bucket.create_bucket(
        Bucket="called", CreateBucketConfiguration={"LocationConstraint": stage.sandbox.region}
    )
    bucket.delete_bucket(Bucket="called")
    stage.client("ecs").list_clusters()
    stage.client("iam").list_roles()
    environment = FakeEnvironment(sandbox=Ports(0, 0), name=stage.sandbox.environment)
    called = {"s3:CreateBucket", "s3:DeleteBucket", "ecs:ListClusters", "iam:ListRoles"}
    # A call is recorded after it is answered.
    eventually(lambda: called <= actions(environment, root=stage.root))
    assert not any(action.endswith("?") for action in actions(environment, root=stage.root))

"""What is read from the state itself, without Terraform."""

import json
import re
import uuid

import pytest

from wrapper.aws.client import Aws
from wrapper.errors import TerraformError
from wrapper.terraform.state import Position, ensure_bucket, outputs, position_of, resources, without

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket(emulated: Aws) -> str:
    name = f"outputs-{uuid.uuid4().hex[:12]}"
    ensure_bucket(emulated, name, region="eu-west-1", tags={})
    return name


def put(aws: Aws, bucket: str, state: object) -> None:
    aws.s3.put_object(Bucket=bucket, Key="app.tfstate", Body=json.dumps(state).encode())


def test_outputs_are_those_of_the_state(emulated: Aws, bucket: str) -> None:
    """Values are as Terraform wrote them, without their types."""
    put(emulated, bucket, {"version": 4, "outputs": {"url": {"value": "http://a", "type": "string"}}})
    assert outputs(emulated, bucket, "app.tfstate") == {"url": "http://a"}


def test_before_the_first_apply_there_are_none(emulated: Aws, bucket: str) -> None:
    """Neither a missing state nor a missing bucket is an error."""
    assert outputs(emulated, bucket, "app.tfstate") == {}
    assert outputs(emulated, f"{bucket}-missing", "app.tfstate") == {}
    assert position_of(emulated, bucket, "app.tfstate") is None


def test_a_position_is_the_lineage_and_the_serial(emulated: Aws, bucket: str) -> None:
    """Both together show whether a saved plan is still valid."""
    put(emulated, bucket, {"version": 4, "lineage": "0f1e", "serial": 7, "outputs": {}})
    assert position_of(emulated, bucket, "app.tfstate") == Position(lineage="0f1e", serial=7)


def test_a_copy_lacks_what_was_lost_alone(emulated: Aws, bucket: str) -> None:
    """The lost resources are given by address; the state itself is unchanged."""
    kept = {"index_key": "films", "attributes": {"name": "films"}}
    lost = {"index_key": "web", "attributes": {"name": "web"}}
    service = {
        "mode": "managed",
        "module": "module.ecs_service",
        "type": "aws_ecs_service",
        "name": "service",
        "instances": [kept, lost],
    }
    whole = {"version": 4, "lineage": "0f1e", "serial": 7, "outputs": {}}
    other = {**service, "name": "other", "instances": [lost]}
    state = {**whole, "resources": [service, other]}
    put(emulated, bucket, state)
    address = 'module.ecs_service.aws_ecs_service.service["web"]'
    assert [each["address"] for each in resources(emulated, bucket, "app.tfstate")][1] == address
    both = {address, address.replace(".service[", ".other[")}
    copy = json.loads(without(emulated, bucket, "app.tfstate", both))
    assert copy == {**state, "resources": [{**service, "instances": [kept]}]}
    assert len(resources(emulated, bucket, "app.tfstate")) == 3


DAMAGED = {
    "empty": b"",
    "cut": b'{"version": 4, "out',
    "null": b"null",
    "deep": b"[" * 100_000,
    "bytes": b"\xff",
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_state_is_put_back_as_the_error_says(emulated: Aws, bucket: str, content: bytes) -> None:
    """The error names the newest valid version; restoring it works. A plan would create all again."""
    put(emulated, bucket, {"version": 4, "outputs": {"url": {"value": "older"}}})
    put(emulated, bucket, {"version": 4, "outputs": {"url": {"value": "newer"}}})
    for damaged in (b"also damaged", content):
        emulated.s3.put_object(Bucket=bucket, Key="app.tfstate", Body=damaged)
    with pytest.raises(TerraformError, match=r"app\.tfstate must be a state of version 4, got ") as caught:
        outputs(emulated, bucket, "app.tfstate")
    fix = re.search(r"--bucket (\S+) --key (\S+) --copy-source '(\S+)'", caught.value.fix or "")
    assert fix, caught.value.fix
    emulated.s3.copy_object(Bucket=fix[1], Key=fix[2], CopySource=fix[3])
    assert outputs(emulated, bucket, "app.tfstate") == {"url": "newer"}


def test_a_state_without_a_whole_version_has_no_way_back(emulated: Aws, bucket: str) -> None:
    """The message says so, and nothing is guessed."""
    emulated.s3.put_object(Bucket=bucket, Key="app.tfstate", Body=b"")
    with pytest.raises(TerraformError, match="got an empty object") as caught:
        position_of(emulated, bucket, "app.tfstate")
    assert "no version can be read" in (caught.value.fix or "")


@pytest.mark.parametrize("state", [{"version": 5, "outputs": {}}, [], {"version": 4}])
def test_another_format_is_refused(emulated: Aws, bucket: str, state: object) -> None:
    """The message names the object, and nothing is guessed."""
    put(emulated, bucket, state)
    with pytest.raises(TerraformError, match=r"app\.tfstate must be a state of version 4"):
        outputs(emulated, bucket, "app.tfstate")
    with pytest.raises(TerraformError, match=r"app\.tfstate must be a state of version 4"):
        position_of(emulated, bucket, "app.tfstate")

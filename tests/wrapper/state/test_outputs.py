"""What is read from the state itself, without Terraform."""

import json
import uuid

import pytest

from wrapper.aws.client import Aws
from wrapper.errors import TerraformError
from wrapper.terraform.state import Position, ensure_bucket, outputs, position_of

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket(emulated: Aws) -> str:
    name = f"outputs-{uuid.uuid4().hex[:12]}"
    ensure_bucket(emulated, name, region="eu-west-1", tags={})
    return name


def put(aws: Aws, bucket: str, state: object) -> None:
    aws.s3.put_object(Bucket=bucket, Key="app.tfstate", Body=json.dumps(state).encode())


def test_outputs_are_those_of_the_state(emulated: Aws, bucket: str) -> None:
    """Values come as Terraform wrote them, without their types."""
    put(emulated, bucket, {"version": 4, "outputs": {"url": {"value": "http://a", "type": "string"}}})
    assert outputs(emulated, bucket, "app.tfstate") == {"url": "http://a"}


def test_before_the_first_apply_there_are_none(emulated: Aws, bucket: str) -> None:
    """Neither a missing state nor a missing bucket is an error."""
    assert outputs(emulated, bucket, "app.tfstate") == {}
    assert outputs(emulated, f"{bucket}-missing", "app.tfstate") == {}
    assert position_of(emulated, bucket, "app.tfstate") is None


def test_a_position_is_the_lineage_and_the_serial(emulated: Aws, bucket: str) -> None:
    """Both together say whether a saved plan still fits."""
    put(emulated, bucket, {"version": 4, "lineage": "0f1e", "serial": 7, "outputs": {}})
    assert position_of(emulated, bucket, "app.tfstate") == Position(lineage="0f1e", serial=7)


@pytest.mark.parametrize("state", [{"version": 5, "outputs": {}}, [], {"version": 4}])
def test_another_format_is_refused(emulated: Aws, bucket: str, state: object) -> None:
    """The object is named; nothing is guessed."""
    put(emulated, bucket, state)
    with pytest.raises(TerraformError, match=r"app\.tfstate must be a state of version 4"):
        outputs(emulated, bucket, "app.tfstate")
    with pytest.raises(TerraformError, match=r"app\.tfstate must be a state of version 4"):
        position_of(emulated, bucket, "app.tfstate")

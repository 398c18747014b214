"""Late lists still name deleted things, which a direct request does not find."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from tests.wrapper.sandbox.stage import FakeEnvironment, aws_of, eventually
from wrapper import inventory, sandbox
from wrapper.aws.client import Aws
from wrapper.sandbox.settings import LATE_SECONDS

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import TagTypeDef

pytestmark = pytest.mark.slow

BUCKET, TOPIC = "films-dev-models-000000000000", "films-dev-alarms"
TAGS = {"project": "films", "environment": "dev"}
SECONDS = 2


@pytest.fixture
def aws(root: Path, environment: FakeEnvironment, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """A sandbox with late lists, in which a bucket and a topic were just deleted."""
    monkeypatch.setenv(LATE_SECONDS, str(SECONDS))
    started = sandbox.up(environment, root=root, progress=print)
    aws = aws_of(started, owner=started.account_id)
    pairs: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in TAGS.items()]
    aws.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    aws.s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": pairs})
    topic = aws.sns.create_topic(
        Name=TOPIC, Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()]
    )
    assert {each.name for each in take(aws)} == {BUCKET, TOPIC}
    aws.s3.delete_bucket(Bucket=BUCKET)
    aws.sns.delete_topic(TopicArn=topic["TopicArn"])
    return aws


def take(aws: Aws) -> list[inventory.Resource]:
    return inventory.take(aws, project="films", environment="dev")


def listed(aws: Aws) -> set[str]:
    """Return what the two lists still contain."""
    tagged = aws.tagging.get_resources(TagFilters=[{"Key": "project", "Values": ["films"]}])
    arns = [each.get("ResourceARN", "") for each in tagged["ResourceTagMappingList"]]
    buckets = [each.get("Name", "") for each in aws.s3.list_buckets()["Buckets"]]
    return {*buckets, *(arn.rpartition(":")[2] for arn in arns)}


def test_the_lists_name_what_is_gone_and_the_inventory_does_not(aws: Aws) -> None:
    """Each service is asked for the thing itself before the inventory counts it."""
    assert listed(aws) == {BUCKET, TOPIC}
    with pytest.raises(ClientError, match="404"):
        aws.s3.head_bucket(Bucket=BUCKET)
    assert take(aws) == []


def test_the_lists_forget_in_the_end(aws: Aws) -> None:
    """After the configured seconds they no longer list what was deleted."""
    assert listed(aws) == {BUCKET, TOPIC}
    eventually(lambda: not listed(aws), seconds=SECONDS + 10)

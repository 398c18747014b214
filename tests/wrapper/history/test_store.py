"""Releases in a real bucket of the emulator: numbered, never overwritten, newest first."""

import uuid

import pytest

from tests.wrapper.records import release
from wrapper import releases
from wrapper.aws.client import Aws
from wrapper.aws.objects import put_once
from wrapper.errors import PreconditionError

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket(aws: Aws) -> str:
    name = f"films-{uuid.uuid4().hex[:8]}"
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


def test_releases_are_numbered_and_listed_newest_first(aws: Aws, bucket: str) -> None:
    """Number 10 comes after 9, as in S3's own order."""
    for _ in range(11):
        releases.append(aws, bucket=bucket, draft=release())
    assert [each.number for each in releases.releases(aws, bucket=bucket)] == list(range(11, 0, -1))
    newest = releases.newest(aws, bucket=bucket)
    assert newest == release(11)


def test_a_number_that_somebody_took_meanwhile_is_left_alone(aws: Aws, bucket: str) -> None:
    """A record is never overwritten: the later one takes the next number."""
    aws.s3.put_object(Bucket=bucket, Key="releases/000001.json", Body=b"theirs")
    assert not put_once(aws, bucket, "releases/000001.json", b"ours")
    assert aws.s3.get_object(Bucket=bucket, Key="releases/000001.json")["Body"].read() == b"theirs"
    assert releases.append(aws, bucket=bucket, draft=release()).number == 2


def test_without_a_bucket_or_a_release_there_is_none(aws: Aws, bucket: str) -> None:
    """Before the first apply nothing is there, and that is no error."""
    assert releases.newest(aws, bucket=bucket) is None
    assert releases.newest(aws, bucket=f"{bucket}-missing") is None


def test_a_record_that_is_none_is_named(aws: Aws, bucket: str) -> None:
    """The message holds the object's address, so that one can look at it."""
    aws.s3.put_object(Bucket=bucket, Key="releases/000001.json", Body=b"{}")
    with pytest.raises(PreconditionError, match=r"releases/000001\.json must be a release's record"):
        releases.newest(aws, bucket=bucket)

"""Releases in a real bucket of the emulator: numbered, never overwritten, newest first."""

import json
import uuid
from functools import partial

import pytest

from tests.wrapper.records import release
from wrapper import releases
from wrapper.aws.client import Aws
from wrapper.aws.objects import put_once
from wrapper.errors import DamagedError, PreconditionError
from wrapper.releases.record import written

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket(aws: Aws) -> str:
    name = f"films-{uuid.uuid4().hex[:8]}"
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


def test_releases_are_numbered_and_listed_newest_first(aws: Aws, bucket: str) -> None:
    """Number 10 comes after 9, also in S3's own order."""
    for _ in range(11):
        releases.append(aws, bucket=bucket, draft=release())
    assert [each.number for each in releases.releases(aws, bucket=bucket)] == list(range(11, 0, -1))
    newest = releases.newest(aws, bucket=bucket)
    assert newest == release(11)


def test_a_number_that_somebody_took_meanwhile_is_left_alone(aws: Aws, bucket: str) -> None:
    """A record is never overwritten: the later one gets the next number."""
    aws.s3.put_object(Bucket=bucket, Key="releases/000001.json", Body=b"theirs")
    assert not put_once(aws, bucket, "releases/000001.json", b"ours")
    assert aws.s3.get_object(Bucket=bucket, Key="releases/000001.json")["Body"].read() == b"theirs"
    assert releases.append(aws, bucket=bucket, draft=release()).number == 2


def test_without_a_bucket_or_a_release_there_is_none(aws: Aws, bucket: str) -> None:
    """Before the first apply there is none, which is no error."""
    assert releases.newest(aws, bucket=bucket) is None
    assert releases.newest(aws, bucket=f"{bucket}-missing") is None


DAMAGED = {
    "null": b"null",
    "empty": b"",
    "cut": written(release(2))[:100],
    "deep": b"[" * 100_000,
    "bytes": b"\xff\x00",
    "elsewhere": written(release(7)),
    "undated": written(release(2, at="yesterday")),
    "service": json.dumps({**json.loads(written(release(2))), "services": {"web": None}}).encode(),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_stops_only_who_asks_for_it(aws: Aws, bucket: str, content: bytes) -> None:
    """Its problem and the command that helps are printed once; all other releases can be used."""
    releases.append(aws, bucket=bucket, draft=release())
    aws.s3.put_object(Bucket=bucket, Key="releases/000002.json", Body=content)
    where = f"s3://{bucket}/releases/000002.json"
    told: list[str] = []
    assert [each.number for each in releases.releases(aws, bucket=bucket, tell=told.append)] == [1]
    assert len(told) == 1
    assert told[0].startswith(f"{where} must be the record of release 2, got something else (")
    assert told[0].endswith(f"delete it: aws s3 rm {where}.")
    choose = partial(releases.choose, aws, bucket=bucket, environment="dev", declared={}, tell=told.append)
    assert choose(number=None).number == 1
    assert releases.protect(aws, bucket=bucket, repositories={"none"}, tell=told.append) == []
    assert releases.append(aws, bucket=bucket, draft=release()).number == 3
    for ask in (lambda: choose(number=2), lambda: list(releases.releases(aws, bucket=bucket))):
        with pytest.raises(DamagedError, match="record of release 2"):
            ask()


def test_with_damaged_records_alone_there_is_none_to_go_back_to(aws: Aws, bucket: str) -> None:
    """The damaged one is named; then the message is that of an environment without releases."""
    aws.s3.put_object(Bucket=bucket, Key="releases/000001.json", Body=b"null")
    told: list[str] = []
    with pytest.raises(PreconditionError, match="dev must have a release to go back to"):
        releases.choose(aws, bucket=bucket, environment="dev", number=None, declared={}, tell=told.append)
    assert len(told) == 1


def test_what_is_named_like_no_record_is_none(aws: Aws, bucket: str) -> None:
    """Other objects beside the records are ignored."""
    for key in ("releases/7.json", "releases/notes.txt", "releases/\u0661.json", "releases/000001.json/x"):
        aws.s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert releases.numbers(aws, bucket=bucket) == []

"""Which release a rollback goes back to, from a real bucket."""

import uuid
from dataclasses import replace

import pytest

from tests.wrapper.records import release, service
from wrapper import releases
from wrapper.aws.client import Aws
from wrapper.errors import ConfigError, PreconditionError
from wrapper.releases import Release

pytestmark = pytest.mark.slow


@pytest.fixture
def bucket(aws: Aws) -> str:
    """A bucket with releases 1 (image a), 2 (image c), 3 (image c in a new revision with other limits)."""
    name = f"films-{uuid.uuid4().hex[:8]}"
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    settings = {**service().settings, "scaling": {"max": 5}}  # these are not rolled back
    for each in (
        service(),
        service(image="c", revision=2),
        replace(service(image="c", revision=3), settings=settings),
    ):
        releases.append(aws, bucket=name, draft=release(services={"web": each}))
    return name


def chosen(aws: Aws, bucket: str, number: int | None, *, revision: int = 3) -> Release:
    declared = release(services={"web": service(revision=revision)}).task_definitions
    return releases.choose(
        aws, bucket=bucket, environment="dev", number=number, declared=declared, tell=print
    )


def test_by_default_it_is_the_newest_that_runs_something_else(aws: Aws, bucket: str) -> None:
    """A new revision of the same image would not help."""
    assert chosen(aws, bucket, None).number == 1


def test_after_a_bad_apply_it_is_the_newest_release(aws: Aws, bucket: str) -> None:
    """A failed apply made no release, so the newest release is the last verified one."""
    assert chosen(aws, bucket, None, revision=4).number == 3


def test_a_number_names_a_release(aws: Aws, bucket: str) -> None:
    """The running release may be named, too, which repairs changes by hand."""
    assert chosen(aws, bucket, 3).number == 3


def test_an_unknown_number_is_told_with_the_nearest(aws: Aws, bucket: str) -> None:
    """It is an error of usage, and nothing is changed."""
    with pytest.raises(ConfigError, match=r"exists \(1 to 3\), got 9; the nearest is 3\."):
        chosen(aws, bucket, 9)


def test_without_releases_there_is_no_way_back(aws: Aws, bucket: str) -> None:
    """The message says how releases are made."""
    with pytest.raises(PreconditionError, match="must have a release to go back to") as caught:
        chosen(aws, f"{bucket}-missing", None)
    assert "apply dev" in str(caught.value.fix)


def test_a_single_release_has_none_before_it(aws: Aws) -> None:
    """The running release is no way back either."""
    name = f"films-{uuid.uuid4().hex[:8]}"
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    releases.append(aws, bucket=name, draft=release())
    with pytest.raises(PreconditionError, match="before 1 that differs"):
        chosen(aws, name, None, revision=1)

"""The state bucket: created once, protected, never somebody else's, deleted with all its versions."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from wrapper.aws.client import Aws, Credentials
from wrapper.errors import PreconditionError, WrapperError
from wrapper.terraform.state import bucket, bucket_exists, delete_bucket, ensure_bucket

TAGS = {"project": "recommender", "environment": "test"}


@pytest.fixture
def aws() -> Aws:
    return Aws(region="us-east-1", credentials=Credentials("AKIA", "secret"))


@pytest.fixture
def s3(aws: Aws) -> Iterator[Stubber]:
    """Answers in order; the test fails if one is left over."""
    with Stubber(aws.s3) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def protects(s3: Stubber) -> None:
    """Expect the calls of the settings, versioning last."""
    s3.add_response("put_public_access_block", {})
    s3.add_response("put_bucket_encryption", {})
    s3.add_response("put_bucket_policy", {}, {"Bucket": "b", "Policy": ANY})
    s3.add_response("put_bucket_tagging", {}, {"Bucket": "b", "Tagging": {"TagSet": tag_set()}})
    s3.add_response("put_bucket_versioning", {})


def tag_set() -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in TAGS.items()]


def is_missing(s3: Stubber) -> None:
    s3.add_client_error("head_bucket", http_status_code=404)


def appears(s3: Stubber) -> None:
    """Answer the waiter, which reads the status."""
    s3.add_response("head_bucket", {"ResponseMetadata": {"HTTPStatusCode": 200}})


def ensure(aws: Aws, region: str = "us-east-1") -> None:
    ensure_bucket(aws, "b", region=region, tags=TAGS)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("us-east-1", {"Bucket": "b"}),
        ("eu-west-1", {"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}),
    ],
)
def test_a_bucket_is_made_in_its_region(aws: Aws, s3: Stubber, region: str, expected: dict[str, Any]) -> None:
    """S3's first region must not be named."""
    is_missing(s3)
    s3.add_response("create_bucket", {}, expected)
    appears(s3)
    protects(s3)
    ensure(aws, region)


def test_a_finished_bucket_costs_two_calls(aws: Aws, s3: Stubber) -> None:
    """Versioning is set last, so it proves that all other settings were set."""
    s3.add_response("head_bucket", {})
    s3.add_response("get_bucket_versioning", {"Status": "Enabled"})
    ensure(aws)


def test_a_half_made_bucket_is_finished(aws: Aws, s3: Stubber) -> None:
    """A run that was killed between the calls is no problem."""
    s3.add_response("head_bucket", {})
    s3.add_response("get_bucket_versioning", {})
    protects(s3)
    ensure(aws)


def test_a_bucket_that_another_start_made_is_used(aws: Aws, s3: Stubber) -> None:
    """Two runs that start at once both succeed."""
    is_missing(s3)
    s3.add_client_error("create_bucket", service_error_code="BucketAlreadyOwnedByYou", http_status_code=409)
    appears(s3)
    protects(s3)
    ensure(aws)


def test_a_busy_bucket_is_tried_again(aws: Aws, s3: Stubber, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 may still be deleting a bucket of this name."""
    monkeypatch.setattr(bucket, "_BUSY_SECONDS", 0.0)
    is_missing(s3)
    s3.add_client_error("create_bucket", service_error_code="OperationAborted", http_status_code=409)
    s3.add_response("create_bucket", {})
    appears(s3)
    protects(s3)
    ensure(aws)


def test_somebody_elses_bucket_is_refused(aws: Aws, s3: Stubber) -> None:
    """Bucket names are unique in the world."""
    is_missing(s3)
    s3.add_client_error("create_bucket", service_error_code="BucketAlreadyExists", http_status_code=409)
    with pytest.raises(PreconditionError, match="state bucket b must be this account's"):
        ensure(aws)


def test_who_may_not_make_it_is_told_who_may(aws: Aws, s3: Stubber) -> None:
    """A workflow's role creates no bucket, so in a new account a person must do it."""
    is_missing(s3)
    s3.add_client_error("create_bucket", service_error_code="AccessDenied", http_status_code=403)
    with pytest.raises(PreconditionError, match=r"state bucket b is missing.*may not create it") as refused:
        ensure(aws)
    assert "python -m wrapper github ENV" in str(refused.value.fix)


@pytest.mark.parametrize(
    ("status", "said"),
    [(403, "state bucket b must be this account's"), (301, "state bucket b must be in us-east-1")],
)
def test_a_bucket_out_of_reach_is_explained(aws: Aws, s3: Stubber, status: int, said: str) -> None:
    """A forbidden bucket and one in another region each have a fix."""
    s3.add_client_error("head_bucket", http_status_code=status)
    with pytest.raises(PreconditionError, match=said) as caught:
        bucket_exists(aws, "b")
    assert caught.value.fix


def test_other_errors_are_explained(aws: Aws, s3: Stubber) -> None:
    """No exception of botocore reaches the user."""
    s3.add_client_error("head_bucket", service_error_code="500", http_status_code=500)
    with pytest.raises(WrapperError, match="HeadBucket failed"):
        bucket_exists(aws, "b")


def test_a_missing_bucket_is_already_deleted(aws: Aws, s3: Stubber) -> None:
    """Deleting it twice is no error."""
    is_missing(s3)
    delete_bucket(aws, "b")


def test_an_object_that_cannot_be_deleted_is_named(aws: Aws, s3: Stubber) -> None:
    """DeleteObjects answers 200 and lists what it did not delete."""
    s3.add_response("head_bucket", {})
    s3.add_response("list_object_versions", {"Versions": [{"Key": "app.tfstate", "VersionId": "1"}]})
    s3.add_response("delete_objects", {"Errors": [{"Key": "app.tfstate", "Code": "AccessDenied"}]})
    with pytest.raises(WrapperError, match=r"app\.tfstate.*AccessDenied"):
        delete_bucket(aws, "b")


@pytest.mark.slow
def test_the_bucket_is_protected(emulated: Aws) -> None:
    """S3 itself reports versioning, encryption, private access and tags."""
    ensure_bucket(emulated, "protected", region="eu-west-1", tags=TAGS)
    s3 = emulated.s3
    assert s3.get_bucket_versioning(Bucket="protected")["Status"] == "Enabled"
    assert s3.get_bucket_encryption(Bucket="protected")["ServerSideEncryptionConfiguration"]["Rules"]
    assert all(s3.get_public_access_block(Bucket="protected")["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_tagging(Bucket="protected")["TagSet"] == tag_set()


@pytest.mark.slow
def test_many_may_start_at_once(emulated: Aws) -> None:
    """Four runs create one bucket without an error."""
    with ThreadPoolExecutor(4) as pool:
        runs = [
            pool.submit(ensure_bucket, emulated, "at-once", region="eu-west-1", tags=TAGS) for _ in range(4)
        ]
    assert [run.result() for run in runs] == [None] * 4
    assert bucket_exists(emulated, "at-once")


@pytest.mark.slow
def test_a_bucket_goes_with_all_its_versions(emulated: Aws) -> None:
    """Old versions and delete markers would keep it from being deleted."""
    ensure_bucket(emulated, "full", region="eu-west-1", tags=TAGS)
    for content in (b"1", b"2"):
        emulated.s3.put_object(Bucket="full", Key="app.tfstate", Body=content)
    emulated.s3.delete_object(Bucket="full", Key="app.tfstate")
    delete_bucket(emulated, "full")
    assert not bucket_exists(emulated, "full")

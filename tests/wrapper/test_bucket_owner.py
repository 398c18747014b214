"""Every call of S3 about our buckets names the expected owner, also in the sent headers."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

from wrapper.aws.client import Aws, Credentials
from wrapper.errors import PreconditionError
from wrapper.terraform.state import bucket_exists

ROOT = Path(__file__).resolve().parents[2]
OWNER = "123456789012"
# `upload_file` and `download_file` use these calls.
TRANSFERS = {
    "upload_file": ("put_object", "create_multipart_upload", "upload_part", "complete_multipart_upload"),
    "download_file": ("head_object", "get_object"),
}
# These name no existing bucket, or none at all.
WITHOUT_OWNER = {"create_bucket", "list_buckets"}
# Not operations, but other attributes of a client.
_PARTS = {"exceptions", "get_paginator", "get_waiter", "meta"}
_CALL = re.compile(r"\baws\.s3\.(\w+)(?:\(\"(\w+)\"\))?|\bs3\.(put_\w+)\(")
_WAITERS = {"bucket_exists": "head_bucket"}


def used() -> Iterator[str]:
    """Return the S3 operations that the wrapper calls, by boto3's method names."""
    for path in (ROOT / "wrapper").rglob("*.py"):
        for method, argument, short in _CALL.findall(path.read_text("utf-8")):
            name = short or (_WAITERS.get(argument, argument) if method in _PARTS else method)
            yield from TRANSFERS.get(name, (name,) if name else ())


OPERATIONS = sorted(set(used()) - WITHOUT_OWNER - {"s3"})


def aws_of(owner: str | None) -> Aws:
    return Aws(region="eu-west-1", credentials=Credentials("AKIA", "secret"), owner=owner)


class Nothing:
    """A reply without content."""

    def stream(self) -> Iterator[bytes]:
        return iter((b"<Nothing/>",))


def sent(client: Any, method: str, **given: Any) -> dict[str, Any]:
    """Call a method with its required arguments; return the headers that would be sent."""
    requests: list[AWSPreparedRequest] = []

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 204, HTTPHeaders(), Nothing())

    client.meta.events.register("before-send.s3", answer)
    try:
        getattr(client, method)(**least(client, method), **given)
    finally:
        client.meta.events.unregister("before-send.s3", answer)
    return {name.lower(): value for name, value in requests[0].headers.items()}


def least(client: Any, method: str) -> dict[str, Any]:
    """Return the required parameters of an operation, of any type."""
    name = next(each for each in client.meta.service_model.operation_names if xform_name(each) == method)
    found: dict[str, Any] = filled(client.meta.service_model.operation_model(name).input_shape)
    return found


def filled(shape: Any) -> Any:
    match shape.type_name:
        case "structure":
            return {name: filled(shape.members[name]) for name in shape.required_members}
        case "list":
            return [filled(shape.member)]
        case "string":
            return shape.enum[0] if shape.enum else "shop-dev-state-123456789012"
        case "integer" | "long":
            return 1
        case "boolean":
            return True
    return b"1"


def test_the_operations_are_read_from_the_sources() -> None:
    """Those of the state, the models and the inventory are among them."""
    assert {"head_bucket", "get_object", "put_object", "delete_objects", "list_object_versions"} <= {
        *OPERATIONS
    }
    assert "put_bucket_policy" in OPERATIONS


@pytest.mark.parametrize("method", OPERATIONS)
def test_each_call_names_the_owner(method: str) -> None:
    """If the bucket is another account's, S3 answers 403 before it reads or writes anything."""
    headers = sent(aws_of(OWNER).s3, method)
    assert str(headers["x-amz-expected-bucket-owner"], "ascii") == OWNER


def test_objects_of_others_are_read_from_whosever_bucket() -> None:
    """Users and ratings that the file names may be in another account's bucket."""
    assert "x-amz-expected-bucket-owner" not in sent(aws_of(OWNER).s3_of_others, "get_object")


def test_a_door_in_another_region_keeps_the_owner() -> None:
    """Copies between regions have the same owner."""
    assert "x-amz-expected-bucket-owner" in sent(aws_of(OWNER).in_region("us-east-1").s3, "head_object")


def test_an_owner_that_is_given_stays() -> None:
    """A caller that names another owner has a reason."""
    headers = sent(aws_of(OWNER).s3, "head_bucket", ExpectedBucketOwner="210987654321")
    assert str(headers["x-amz-expected-bucket-owner"], "ascii") == "210987654321"


def test_a_state_bucket_of_a_stranger_is_refused() -> None:
    """After a destroy its name was free, and somebody else has taken it."""
    aws = aws_of(OWNER)

    def belongs_to_a_stranger(request: AWSPreparedRequest, **_: Any) -> Any:
        owner = request.headers.get("x-amz-expected-bucket-owner")
        return AWSResponse(request.url, 403 if owner else 200, HTTPHeaders(), Nothing())

    events: Any = aws.s3.meta.events
    events.register("before-send.s3", belongs_to_a_stranger)
    with pytest.raises(PreconditionError, match="must be this account's, but it is another one's"):
        bucket_exists(aws, "shop-dev-state-123456789012")

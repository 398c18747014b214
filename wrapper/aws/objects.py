"""Objects in S3 that are written once, whoever is faster."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wrapper.aws.client import Aws, code_of, explained

# S3 answers with the second code while two such requests overlap.
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}


def put_once(aws: Aws, bucket: str, key: str, content: bytes) -> bool:
    """Put a JSON object that must not be there; False if it is, or somebody was faster."""
    from botocore.exceptions import ClientError

    with explained():
        try:
            aws.s3.put_object(
                Bucket=bucket, Key=key, Body=content, IfNoneMatch="*", ContentType="application/json"
            )
        except ClientError as error:
            if code_of(error) not in _TAKEN:
                raise
            # A request whose answer was lost is sent again, and finds what it has written itself.
            again = error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
            return again and aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == content
    return True


def upload_once(aws: Aws, bucket: str, key: str, path: Path, *, metadata: Mapping[str, str]) -> bool:
    """Upload a file, in parts if it is large, to where nothing is; False if something is there.

    Raises boto3's own errors: whoever uploads many files explains them.
    """
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import ClientError

    try:
        with _only_where_nothing_is(aws):
            aws.s3.upload_file(str(path), bucket, key, ExtraArgs={"Metadata": dict(metadata)})
    except S3UploadFailedError as error:
        cause = error.__context__
        if isinstance(cause, ClientError) and code_of(cause) in _TAKEN:
            return False
        raise
    return True


@contextmanager
def _only_where_nothing_is(aws: Aws) -> Iterator[None]:
    """Give the condition to the requests that make an object: the managed transfer knows no word for it."""

    def condition(params: dict[str, Any], **_: Any) -> None:
        params["IfNoneMatch"] = "*"

    events = aws.s3.meta.events
    names = [f"before-parameter-build.s3.{each}" for each in ("PutObject", "CompleteMultipartUpload")]
    for name in names:
        events.register(name, condition)
    try:
        yield
    finally:
        for name in names:
            events.unregister(name, condition)


def put_instead(aws: Aws, bucket: str, key: str, content: bytes, *, of: str) -> bool:
    """Put a JSON object in the place of the one with the ETag `of`; False if that is not there any more."""
    from botocore.exceptions import ClientError

    with explained():
        try:
            aws.s3.put_object(
                Bucket=bucket, Key=key, Body=content, IfMatch=of, ContentType="application/json"
            )
        except ClientError as error:
            if code_of(error) not in {*_TAKEN, "NoSuchKey"}:
                raise
            return False
    return True

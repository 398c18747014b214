"""Objects in S3 that are written only once, also if several writers try."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wrapper.aws.client import Aws, code_of, explained

# S3 answers with the second code while two such requests overlap.
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}


def put_once(aws: Aws, bucket: str, key: str, content: bytes) -> bool:
    """Put a JSON object that must not exist; False if it does, or another writer was faster."""
    from botocore.exceptions import ClientError

    with explained():
        try:
            aws.s3.put_object(
                Bucket=bucket, Key=key, Body=content, IfNoneMatch="*", ContentType="application/json"
            )
        except ClientError as error:
            if code_of(error) not in _TAKEN:
                raise
            # If the answer was lost, the request is sent again, and finds its own object.
            again = error.response["ResponseMetadata"].get("RetryAttempts", 0) > 0
            return again and aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == content
    return True


def upload_once(aws: Aws, bucket: str, key: str, path: Path, *, metadata: Mapping[str, str]) -> bool:
    """Upload a file, in parts if it is large, to a new key; False if the key exists.

    Raises boto3's own errors: the caller, which uploads many files, explains them.
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
    """Add the condition to the requests that create an object: the managed transfer has no option for it."""

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
    """Replace the JSON object with the ETag `of`; False if that version does not exist any more."""
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

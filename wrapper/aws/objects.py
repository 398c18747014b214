"""Objects in S3 that are written once, whoever is faster."""

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

"""Objects in S3 that are written once, whoever is faster."""

from wrapper.aws.client import Aws, code_of, explained


def put_once(aws: Aws, bucket: str, key: str, content: bytes) -> bool:
    """Put a JSON object that must not be there; False if it is, or somebody was faster."""
    from botocore.exceptions import ClientError

    with explained():
        try:
            aws.s3.put_object(
                Bucket=bucket, Key=key, Body=content, IfNoneMatch="*", ContentType="application/json"
            )
        except ClientError as error:
            # S3 answers with the second code while two such requests overlap.
            if code_of(error) in {"PreconditionFailed", "ConditionalRequestConflict"}:
                return False
            raise
    return True

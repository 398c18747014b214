"""The state bucket: versioned, encrypted, private, created before the first `terraform init`."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from wrapper.aws.client import Aws, code_of, explained
from wrapper.errors import PreconditionError

if TYPE_CHECKING:
    from types_boto3_s3.literals import BucketLocationConstraintType
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

# Another process is creating or deleting this bucket right now; S3 asks to try again.
_BUSY = "OperationAborted"
_BUSY_ATTEMPTS = 10
_BUSY_SECONDS = 2.0


def bucket_exists(aws: Aws, name: str) -> bool:
    """Return whether the bucket exists in this account; raise PreconditionError if it is in another one."""
    from botocore.exceptions import ClientError

    with explained():
        try:
            aws.s3.head_bucket(Bucket=name)
        except ClientError as error:
            # The answer to HEAD has no body, so S3 can only give the status.
            match error.response["ResponseMetadata"]["HTTPStatusCode"]:
                case 404:
                    return False
                case 403:
                    raise _not_ours(name) from error
                case 301 | 400:
                    raise _elsewhere(name, aws.region) from error
            raise
    return True


def ensure_bucket(aws: Aws, name: str, *, region: str, tags: Mapping[str, str]) -> None:
    """Create the bucket if it is missing, and complete an incomplete one.

    Two processes may do so in parallel.
    """
    with explained():
        if not bucket_exists(aws, name):
            _create(aws, name, region)
            aws.s3.get_waiter("bucket_exists").wait(Bucket=name)
        # Versioning is set last, so it shows whether all the rest was set.
        elif aws.s3.get_bucket_versioning(Bucket=name).get("Status") == "Enabled":
            return
        _protect(aws, name, tags)


def delete_bucket(aws: Aws, name: str) -> None:
    """Delete the bucket with every version of every object; a missing one is fine."""
    if not bucket_exists(aws, name):
        return
    with explained():
        for page in _version_pages(aws, name):
            answer = aws.s3.delete_objects(Bucket=name, Delete={"Objects": page, "Quiet": True})
            if errors := answer.get("Errors"):
                raise PreconditionError(f"s3://{name} must be empty to be deleted, but: {errors[0]}.")
        aws.s3.delete_bucket(Bucket=name)


def _create(aws: Aws, name: str, region: str) -> None:
    from botocore.exceptions import ClientError

    for attempt in range(1, _BUSY_ATTEMPTS + 1):
        try:
            if region == "us-east-1":  # S3 refuses its first region as a constraint
                aws.s3.create_bucket(Bucket=name)
            else:
                place = cast("BucketLocationConstraintType", region)
                aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": place})
            return
        except ClientError as error:
            code = code_of(error)
            if code == "BucketAlreadyOwnedByYou":
                return  # another process was faster
            if code == "BucketAlreadyExists":
                raise _not_ours(name) from error
            if code == "AccessDenied":
                raise _not_to_be_made(name) from error
            if code != _BUSY or attempt == _BUSY_ATTEMPTS:
                raise
            time.sleep(_BUSY_SECONDS)


def _protect(aws: Aws, name: str, tags: Mapping[str, str]) -> None:
    s3 = aws.s3
    s3.put_public_access_block(
        Bucket=name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    if aws.endpoint_url is None:  # the sandbox uses plain HTTP, which this policy denies
        s3.put_bucket_policy(Bucket=name, Policy=_tls_only(name))
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in tags.items()]})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def _tls_only(name: str) -> str:
    statement = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _version_pages(aws: Aws, name: str) -> Iterator[list["ObjectIdentifierTypeDef"]]:
    """Yield at most 1,000 versions at a time, which is also the maximum of DeleteObjects."""
    for page in aws.s3.get_paginator("list_object_versions").paginate(Bucket=name):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if versions:
            yield [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]


def _not_ours(name: str) -> PreconditionError:
    return PreconditionError(
        f"state bucket {name} must be this account's, but it is another one's, or access is denied.",
        fix="if it belongs to another account, choose another `project`; else allow s3:ListBucket on it",
    )


def _not_to_be_made(name: str) -> PreconditionError:
    return PreconditionError(
        f"state bucket {name} is missing, and these credentials may not create it (s3:CreateBucket).",
        fix="let somebody create it who may: python -m wrapper github ENV, if a workflow's role publishes, "
        "else apply ENV",
    )


def _elsewhere(name: str, region: str) -> PreconditionError:
    return PreconditionError(
        f"state bucket {name} must be in {region}, but it is in another region.",
        fix="correct `region` in the environment file, or delete the bucket if nothing uses it",
    )

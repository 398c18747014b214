"""Whether an existing bucket for models can be used: region, versions, events, encryption, policy."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wrapper.aws.client import code_of
from wrapper.delivery.verify.finding import Finding, Scene, failure, good, warning
from wrapper.environment import ExistingBucket


def bucket(scene: Scene) -> Iterator[Finding]:
    """Check the existing model bucket: its region, and whether it keeps what releases may roll back to."""
    existing = scene.environment.models.existing
    if existing is not None:
        yield _bucket(scene, existing)


def _bucket(scene: Scene, existing: ExistingBucket) -> Finding:
    subject, name = "models.existing.bucket", existing.bucket
    region = _region_of(scene, name)
    if region is None:
        return failure(
            subject,
            f"must be a bucket of account {scene.environment.account_id}, but {name} is not.",
            f"aws s3api create-bucket --bucket {name}, or correct the name",
        )
    if region != scene.aws.region:
        return failure(
            subject,
            f"must be in {scene.aws.region}, but {name} is in {region}.",
            "choose a bucket of the environment's region",
        )
    s3 = scene.aws.s3
    if s3.get_bucket_versioning(Bucket=name).get("Status") != "Enabled":
        return failure(
            subject,
            f"must keep old versions of its objects, but {name} does not.",
            f"aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled",
        )
    events = s3.get_bucket_notification_configuration(Bucket=name).get("EventBridgeConfiguration")
    if scene.environment.has_model_events and events is None:
        return failure(
            subject,
            f"must send its events to EventBridge for jobs that an object starts, but {name} does not.",
            "its owner adds EventBridgeConfiguration={} to its notifications",
        )
    return _readable(scene, subject, name)


def _region_of(scene: Scene, name: str) -> str | None:
    """Return the region of the account's bucket; None if it is missing, or belongs to another account."""
    from botocore.exceptions import ClientError

    try:
        place = scene.aws.s3.get_bucket_location(
            Bucket=name, ExpectedBucketOwner=scene.environment.account_id
        ).get("LocationConstraint")
    except ClientError as error:
        if code_of(error) in {"NoSuchBucket", "AccessDenied"}:
            return None
        raise
    # S3 has other names for its two oldest regions.
    return {None: "us-east-1", "EU": "eu-west-1"}.get(place, place)


def _readable(scene: Scene, subject: str, name: str) -> Finding:
    """Report what may keep tasks from reading models: a key, or a policy, that does not know their roles."""
    if key := _key(scene, name):
        return warning(
            subject,
            f"should be encrypted by S3's own key, but {name} uses {key}, which task roles may not use.",
            f"give services a policy: [{{actions: [kms:Decrypt], resources: ['{key}']}}]",
        )
    if denied := ", ".join(_denials(scene, name)):
        return warning(
            subject,
            f"should let task roles read models/, but the policy of {name} denies in {denied}.",
            f"see whom it denies: aws s3api get-bucket-policy --bucket {name}",
        )
    return good(subject, f"{name} exists")


def _key(scene: Scene, name: str) -> str | None:
    """Return the KMS key with which new objects are encrypted."""
    described: Mapping[str, Any] = _asked(
        lambda: scene.aws.s3.get_bucket_encryption(Bucket=name),
        "ServerSideEncryptionConfigurationNotFoundError",
    )
    rules = described.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    keys = [each.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID") for each in rules]
    return next(filter(None, keys), None)


def _denials(scene: Scene, name: str) -> Iterator[str]:
    """Name the policy's statements that deny, except those that deny plain HTTP."""
    found = _asked(lambda: scene.aws.s3.get_bucket_policy(Bucket=name), "NoSuchBucketPolicy")
    statements = json.loads(found.get("Policy", "{}")).get("Statement", [])
    for number, each in enumerate(statements if isinstance(statements, list) else [statements], start=1):
        if each.get("Effect") == "Deny" and "aws:SecureTransport" not in json.dumps(
            each.get("Condition", {})
        ):
            yield each.get("Sid") or f"statement {number}"


def _asked(ask: Callable[[], Any], absent: str) -> Mapping[str, Any]:
    """Return the answer; an empty one if S3 says that the bucket has no such configuration."""
    from botocore.exceptions import ClientError

    try:
        answer: Mapping[str, Any] = ask()
    except ClientError as error:
        if code_of(error) != absent:
            raise
        return {}
    return answer

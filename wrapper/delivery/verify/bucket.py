"""Whether the bucket that a company has for models is there, and as an apply needs it."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wrapper.aws.client import code_of
from wrapper.delivery.verify.finding import Finding, Scene, failure, good, warning
from wrapper.environment import ExistingBucket


def bucket(scene: Scene) -> Iterator[Finding]:
    """Look at the model bucket: where it is, and whether it keeps what releases go back to."""
    existing = scene.environment.models.existing
    if existing is not None:
        yield _bucket(scene, existing)


def _bucket(scene: Scene, existing: ExistingBucket) -> Finding:
    subject, name = "models.existing.bucket", existing.bucket
    region = _region_of(scene, name)
    if region is None:
        return failure(
            subject,
            f"must be a bucket of account {scene.environment.account_id}, and {name} is not.",
            f"aws s3api create-bucket --bucket {name}, or correct the name",
        )
    if region != scene.aws.region:
        return failure(
            subject,
            f"must be in {scene.aws.region}, and {name} is in {region}.",
            "choose a bucket of the environment's region",
        )
    s3 = scene.aws.s3
    if s3.get_bucket_versioning(Bucket=name).get("Status") != "Enabled":
        return failure(
            subject,
            f"must keep old versions of its objects, and {name} does not.",
            f"aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled",
        )
    events = s3.get_bucket_notification_configuration(Bucket=name).get("EventBridgeConfiguration")
    if scene.environment.has_model_events and events is None:
        return failure(
            subject,
            f"must send its events to EventBridge for the jobs that wait for an object, and {name} does not.",
            "its owner adds EventBridgeConfiguration={} to its notifications",
        )
    return _readable(scene, subject, name)


def _region_of(scene: Scene, name: str) -> str | None:
    """Return where the account's bucket is; None if there is none, or it is another account's."""
    from botocore.exceptions import ClientError

    try:
        place = scene.aws.s3.get_bucket_location(
            Bucket=name, ExpectedBucketOwner=scene.environment.account_id
        ).get("LocationConstraint")
    except ClientError as error:
        if code_of(error) in {"NoSuchBucket", "AccessDenied"}:
            return None
        raise
    # S3 calls its two oldest regions otherwise.
    return {None: "us-east-1", "EU": "eu-west-1"}.get(place, place)


def _readable(scene: Scene, subject: str, name: str) -> Finding:
    """Tell what may keep tasks from their models: a key, or a policy, that knows nothing of their roles."""
    if key := _key(scene, name):
        return warning(
            subject,
            f"should be encrypted by S3's own key, and {name} is by {key}, which task roles may not use.",
            f"give services a policy: [{{actions: [kms:Decrypt], resources: ['{key}']}}]",
        )
    if denied := ", ".join(_denials(scene, name)):
        return warning(
            subject,
            f"should let task roles read models/, and the policy of {name} denies in {denied}.",
            f"see whom it means: aws s3api get-bucket-policy --bucket {name}",
        )
    return good(subject, f"{name} is there")


def _key(scene: Scene, name: str) -> str | None:
    """Return the key of KMS that new objects are encrypted by."""
    described: Mapping[str, Any] = _asked(
        lambda: scene.aws.s3.get_bucket_encryption(Bucket=name),
        "ServerSideEncryptionConfigurationNotFoundError",
    )
    rules = described.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    keys = [each.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID") for each in rules]
    return next(filter(None, keys), None)


def _denials(scene: Scene, name: str) -> Iterator[str]:
    """Name the policy's statements that deny; that plain HTTP is denied is as it should be."""
    found = _asked(lambda: scene.aws.s3.get_bucket_policy(Bucket=name), "NoSuchBucketPolicy")
    statements = json.loads(found.get("Policy", "{}")).get("Statement", [])
    for number, each in enumerate(statements if isinstance(statements, list) else [statements], start=1):
        if each.get("Effect") == "Deny" and "aws:SecureTransport" not in json.dumps(
            each.get("Condition", {})
        ):
            yield each.get("Sid") or f"statement {number}"


def _asked(ask: Callable[[], Any], absent: str) -> Mapping[str, Any]:
    """Return the answer; nothing where S3 says that the bucket has no such thing."""
    from botocore.exceptions import ClientError

    try:
        answer: Mapping[str, Any] = ask()
    except ClientError as error:
        if code_of(error) != absent:
            raise
        return {}
    return answer

"""What somebody added to a bucket or a repository: policies, and settings that a bucket has once."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from wrapper.aws.client import Aws, code_of
from wrapper.terraform.additions.addition import Addition, Call, States


class Setting(NamedTuple):
    """A configuration of a bucket: the suffix of its resource type, and the calls that read and delete it.

    `keys` are those of S3's answer that contain it; without a delete call, it is replaced by `emptied`.
    """

    attribute: str
    declared_by: str
    read: str
    keys: tuple[str, ...]
    opens: bool = False
    emptied: Mapping[str, Any] | None = None

    def undo(self, bucket: str) -> Call:
        if self.emptied is None:
            drop = self.read.replace("get_", "delete_").removesuffix("_configuration")
            return Call("s3", drop, {"Bucket": bucket})
        return Call("s3", self.read.replace("get_", "put_"), {"Bucket": bucket, **self.emptied})


SETTINGS = (
    Setting("policy", "policy", "get_bucket_policy", ("Policy",), opens=True),
    Setting(
        "replication_configuration",
        "replication_configuration",
        "get_bucket_replication",
        ("ReplicationConfiguration",),
        opens=True,
    ),
    Setting("cors_rule", "cors_configuration", "get_bucket_cors", ("CORSRules",)),
    Setting(
        "website", "website_configuration", "get_bucket_website", ("IndexDocument", "RedirectAllRequestsTo")
    ),
    Setting("lifecycle_rule", "lifecycle_configuration", "get_bucket_lifecycle_configuration", ("Rules",)),
    Setting(
        "logging", "logging", "get_bucket_logging", ("LoggingEnabled",), emptied={"BucketLoggingStatus": {}}
    ),
    Setting(
        "notification",
        "notification",
        "get_bucket_notification_configuration",
        (
            "TopicConfigurations",
            "QueueConfigurations",
            "LambdaFunctionConfigurations",
            "EventBridgeConfiguration",
        ),
        emptied={"NotificationConfiguration": {}},
    ),
)
# Error codes of a bucket without one of these, and of a missing bucket, which Terraform reports.
_NONE = {
    "NoSuchBucket",
    "NoSuchBucketPolicy",
    "NoSuchCORSConfiguration",
    "NoSuchLifecycleConfiguration",
    "NoSuchWebsiteConfiguration",
    "ReplicationConfigurationNotFoundError",
}


def of_buckets(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    for bucket in states.of_type("aws_s3_bucket", stack=stack):
        name = bucket.values["id"]
        for each in SETTINGS:
            if name in states.declared(f"aws_s3_bucket_{each.declared_by}", "bucket"):
                continue
            answer = _answer(getattr(aws.s3, each.read), name)
            if content := {key: answer[key] for key in each.keys if key in answer}:
                yield bucket.with_(
                    attribute=each.attribute,
                    content=content,
                    sentence=f"the bucket's {each.attribute}",
                    opens=each.opens,
                    undo=each.undo(name),
                )


def _answer(read: Callable[..., Mapping[str, Any]], bucket: str) -> Mapping[str, Any]:
    from botocore.exceptions import ClientError

    try:
        return read(Bucket=bucket)
    except ClientError as error:
        if code_of(error) not in _NONE:
            raise
        return {}


def of_repositories(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    missing = (
        aws.ecr.exceptions.RepositoryPolicyNotFoundException,
        aws.ecr.exceptions.RepositoryNotFoundException,
    )
    for repository in states.of_type("aws_ecr_repository", stack=stack):
        name = repository.values["name"]
        if name in states.declared("aws_ecr_repository_policy", "repository"):
            continue
        try:
            policy = aws.ecr.get_repository_policy(repositoryName=name)["policyText"]
        except missing:
            continue
        yield repository.with_(
            attribute="policy",
            content=policy,
            sentence="the repository's policy",
            opens=True,
            undo=Call("ecr", "delete_repository_policy", {"repositoryName": name}),
        )

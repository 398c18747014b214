"""Collectors of dashboards, topics and KMS keys."""

from collections.abc import Iterator

from wrapper.aws.client import Aws, code_of
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.resource import Resource, Scope

_GONE = ("PendingDeletion", "PendingReplicaDeletion")


@collects(
    Kind("cloudwatch", "dashboard", arns=("cloudwatch:dashboard",), types=("aws_cloudwatch_dashboard",))
)
def dashboards(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List dashboards, which can't have tags."""
    for page in aws.cloudwatch.get_paginator("list_dashboards").paginate(DashboardNamePrefix=scope.prefix):
        for item in page["DashboardEntries"]:
            name = item.get("DashboardName", "")
            if scope.owns(name):
                arn = item.get("DashboardArn", name)
                yield Resource(service="cloudwatch", kind="dashboard", name=name, arn=arn)


@collects(
    Kind(
        "sns",
        "topic",
        arns=("sns:topic",),
        types=("aws_sns_topic", "aws_sns_topic_policy", "aws_sns_topic_subscription"),
    )
)
def topics(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.sns.get_paginator("list_topics").paginate():
        for item in page["Topics"]:
            arn = item.get("TopicArn", "")
            name = arn.rpartition(":")[2]
            if scope.owns(name, arn=arn):
                yield Resource(service="sns", kind="topic", name=name, arn=arn)


@collects(Kind("kms", "key", arns=("kms:key",), types=("aws_kms_key",)))
def keys(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List keys by their tags, except those that are scheduled for deletion, which cost nothing."""
    for arn, tags in scope.tags_by_arn.items():
        if ":kms:" in arn and scope.has_tags(tags) and _is_alive(aws, arn):
            yield Resource(service="kms", kind="key", name=arn.rpartition("/")[2], arn=arn)


@collects(Kind("kms", "alias", arns=("kms:alias",), types=("aws_kms_alias",)))
def key_aliases(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.kms.get_paginator("list_aliases").paginate():
        for item in page["Aliases"]:
            name, arn = item.get("AliasName", ""), item.get("AliasArn", "")
            if scope.owns(name.removeprefix("alias/"), arn=arn):
                yield Resource(service="kms", kind="alias", name=name, arn=arn)


def _is_alive(aws: Aws, arn: str) -> bool:
    from botocore.exceptions import ClientError

    try:
        return aws.kms.describe_key(KeyId=arn)["KeyMetadata"].get("KeyState") not in _GONE
    except ClientError as error:
        if code_of(error) == "NotFoundException":
            return False
        raise

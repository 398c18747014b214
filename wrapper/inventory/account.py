"""Collectors of what belongs to the account and to no network: buckets, logs, scaling, alarms."""

from collections.abc import Iterator, Mapping
from typing import Any

from wrapper.aws.client import Aws
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.containers import guest_services
from wrapper.inventory.resource import Resource, Scope


def _has_bucket(aws: Aws, resource: Resource) -> bool:
    """Return whether the bucket exists: for a while, ListBuckets also names deleted ones."""
    from botocore.exceptions import ClientError

    try:
        aws.s3.head_bucket(Bucket=resource.name)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        return False
    return True


BUCKET = Kind(
    "s3",
    "bucket",
    arns=("s3:bucket",),
    types=(
        "aws_s3_bucket",
        "aws_s3_bucket_lifecycle_configuration",
        "aws_s3_bucket_notification",
        "aws_s3_bucket_ownership_controls",
        "aws_s3_bucket_policy",
        "aws_s3_bucket_public_access_block",
        "aws_s3_bucket_server_side_encryption_configuration",
        "aws_s3_bucket_versioning",
    ),
)
LOG_GROUP = Kind("logs", "log group", arns=("logs:log-group",), types=("aws_cloudwatch_log_group",))


@collects(BUCKET, is_there=_has_bucket)
def buckets(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for item in aws.s3.list_buckets()["Buckets"]:
        name = item.get("Name", "")
        arn = f"arn:aws:s3:::{name}"
        if scope.owns(name, arn=arn):
            yield Resource(service="s3", kind="bucket", name=name, arn=arn)


@collects(LOG_GROUP)
def log_groups(aws: Aws, scope: Scope) -> Iterator[Resource]:
    yield from _log_groups(aws, scope, {})


@collects(LOG_GROUP)
def named_log_groups(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List log groups with the environment's prefix, without reading all of the account's."""
    yield from _log_groups(aws, scope, {"logGroupNamePattern": scope.prefix})


def _log_groups(aws: Aws, scope: Scope, filters: Mapping[str, Any]) -> Iterator[Resource]:
    for page in aws.logs.get_paginator("describe_log_groups").paginate(**filters):
        for item in page["logGroups"]:
            name = item.get("logGroupName", "")
            arn = item.get("logGroupArn") or item.get("arn", "").removesuffix(":*")
            if scope.owns(name, arn=arn):
                yield Resource(service="logs", kind="log group", name=name, arn=arn)


@collects(
    Kind(
        "application-autoscaling",
        "scalable target",
        arns=("application-autoscaling:scalable-target",),
        types=(
            "aws_appautoscaling_target",
            "aws_appautoscaling_policy",
            "aws_appautoscaling_scheduled_action",
        ),
    )
)
def scalable_targets(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List the targets of Application Auto Scaling; their names are `service/<cluster>/<service>`."""
    guests = {f"service/{each.arn.partition('/')[2]}" for each in guest_services(aws, scope)}
    pages = aws.autoscaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="ecs")
    for page in pages:
        for item in page["ScalableTargets"]:
            name = item["ResourceId"]
            arn = item.get("ScalableTargetARN", name)
            if name in guests or scope.owns(name, arn=arn):
                yield Resource(service="application-autoscaling", kind="scalable target", name=name, arn=arn)


@collects(
    Kind("cloudwatch", "alarm", arns=("cloudwatch:alarm",), types=("aws_cloudwatch_metric_alarm",)),
)
def alarms(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List alarms, including those that target tracking creates."""
    for page in aws.cloudwatch.get_paginator("describe_alarms").paginate():
        for item in (*page.get("MetricAlarms", []), *page.get("CompositeAlarms", [])):
            name, arn = item.get("AlarmName", ""), item.get("AlarmArn", "")
            if scope.owns(name, arn=arn):
                yield Resource(service="cloudwatch", kind="alarm", name=name, arn=arn)

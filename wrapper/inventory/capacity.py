"""What services on instances run on: groups of instances, and the providers that ask them for more."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.resource import Resource, Scope, tags_of


@collects(
    Kind(
        "autoscaling",
        "group of instances",
        arns=("autoscaling:autoScalingGroup",),
        types=("aws_autoscaling_group",),
    )
)
def instance_groups(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.instance_groups.get_paginator("describe_auto_scaling_groups").paginate():
        for item in page["AutoScalingGroups"]:
            name = item["AutoScalingGroupName"]
            if scope.owns(name, tags=tags_of(item.get("Tags", []))):
                yield Resource(
                    service="autoscaling",
                    kind="group of instances",
                    name=name,
                    arn=item.get("AutoScalingGroupARN", name),
                )


@collects(
    Kind(
        "ecs",
        "capacity provider",
        arns=("ecs:capacity-provider",),
        types=("aws_ecs_capacity_provider",),
    )
)
def capacity_providers(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List capacity providers by a call without a paginator; a deleted one stays visible as INACTIVE."""
    token: dict[str, str] = {}
    while True:
        page = aws.ecs.describe_capacity_providers(**token)  # type: ignore[arg-type]
        for item in page["capacityProviders"]:
            name, arn = item.get("name", ""), item.get("capacityProviderArn", "")
            if item.get("status") != "INACTIVE" and scope.owns(name, arn=arn):
                yield Resource(service="ecs", kind="capacity provider", name=name, arn=arn)
        if not page.get("nextToken"):
            return
        token = {"nextToken": page["nextToken"]}

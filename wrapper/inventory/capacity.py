"""Collectors of capacity on EC2: Auto Scaling groups, and ECS's capacity providers."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.containers import clusters
from wrapper.inventory.resource import Resource, Scope

_PROVIDER = ":capacity-provider/"
_PROVIDERS = 100  # as many as DescribeCapacityProviders takes


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
    """List capacity providers by the names in tags, clusters and Auto Scaling groups.

    To list all would need a permission for all. A deleted one stays visible as INACTIVE.
    """
    names = sorted(_names(aws, scope))
    for start in range(0, len(names), _PROVIDERS):
        found = aws.ecs.describe_capacity_providers(capacityProviders=names[start : start + _PROVIDERS])
        for item in found["capacityProviders"]:
            name, arn = item.get("name", ""), item.get("capacityProviderArn", "")
            if item.get("status") != "INACTIVE" and scope.owns(name, arn=arn):
                yield Resource(service="ecs", kind="capacity provider", name=name, arn=arn)


def _names(aws: Aws, scope: Scope) -> set[str]:
    """Return the possible names of capacity providers: a stack names them like their Auto Scaling groups."""
    tagged = scope.tags_by_arn.items()
    ours = {arn.rpartition("/")[2] for arn, tags in tagged if _PROVIDER in arn and scope.has_tags(tags)}
    groups = {group.name for group in instance_groups(aws, scope)}
    arns = [cluster.arn for cluster in clusters(aws, scope)]
    described = aws.ecs.describe_clusters(clusters=arns)["clusters"] if arns else []
    attached = {name for each in described for name in each.get("capacityProviders", [])}
    return ours | groups | set(filter(scope.owns, attached))

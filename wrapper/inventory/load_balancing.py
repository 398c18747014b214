"""Collectors of load balancers, their listeners, and target groups."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.resource import Resource, Scope

LOAD_BALANCER = Kind("elbv2", "load balancer", arns=("elasticloadbalancing:loadbalancer",), types=("aws_lb",))


@collects(LOAD_BALANCER)
def load_balancers(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.elbv2.get_paginator("describe_load_balancers").paginate():
        for item in page["LoadBalancers"]:
            name, arn = item.get("LoadBalancerName", ""), item.get("LoadBalancerArn", "")
            if scope.owns(name, arn=arn):
                yield Resource(service="elbv2", kind="load balancer", name=name, arn=arn)


@collects(
    Kind(
        "elbv2",
        "listener",
        arns=("elasticloadbalancing:listener", "elasticloadbalancing:listener-rule"),
        types=("aws_lb_listener", "aws_lb_listener_rule"),
    )
)
def listeners(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for balancer in load_balancers(aws, scope):
        for page in aws.elbv2.get_paginator("describe_listeners").paginate(LoadBalancerArn=balancer.arn):
            for item in page["Listeners"]:
                name = f"{balancer.name}:{item.get('Port')}"
                yield Resource(service="elbv2", kind="listener", name=name, arn=item.get("ListenerArn", ""))


@collects(
    Kind("elbv2", "target group", arns=("elasticloadbalancing:targetgroup",), types=("aws_lb_target_group",))
)
def target_groups(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.elbv2.get_paginator("describe_target_groups").paginate():
        for item in page["TargetGroups"]:
            name, arn = item.get("TargetGroupName", ""), item.get("TargetGroupArn", "")
            if scope.owns(name, arn=arn):
                yield Resource(service="elbv2", kind="target group", name=name, arn=arn)

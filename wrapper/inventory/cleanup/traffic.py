"""Before a destroy: stop all services, and remove what would prevent deletes."""

import time
from collections.abc import Callable, Iterator
from typing import Literal

from wrapper.aws.client import Aws
from wrapper.inventory.account import scalable_targets
from wrapper.inventory.cleanup.counting import counted
from wrapper.inventory.containers import clusters, guests, services
from wrapper.inventory.load_balancing import load_balancers
from wrapper.inventory.resource import Scope

_POLL_SECONDS = 1.0
_PROTECTION = "deletion_protection.enabled"
_INSIGHTS: Literal["containerInsights"] = "containerInsights"
_ACCESS_LOGS = "access_logs.s3.enabled"


def scale_to_zero(aws: Aws, scope: Scope) -> Iterator[str]:
    """Set every desired count to 0, and autoscaling's bounds before, or it would restore its minimum."""
    for target in scalable_targets(aws, scope):
        aws.autoscaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=target.name,
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=0,
            SuspendedState={
                "DynamicScalingInSuspended": True,
                "DynamicScalingOutSuspended": True,
                "ScheduledScalingSuspended": True,
            },
        )
    for service in services(aws, scope):
        cluster = cluster_of(service.arn)
        for item in aws.ecs.describe_services(cluster=cluster, services=[service.arn])["services"]:
            if item.get("status") == "ACTIVE" and item.get("desiredCount"):
                aws.ecs.update_service(cluster=cluster, service=service.arn, desiredCount=0)
                yield f"scaled {service.name} to zero"


def lift_protection(aws: Aws, scope: Scope) -> Iterator[str]:
    """Turn off the load balancers' deletion protection."""
    for name in _switch_off(aws, scope, _PROTECTION):
        yield f"lifted the deletion protection of {name}"


def stop_access_logs(aws: Aws, scope: Scope) -> Iterator[str]:
    """Turn off the load balancers' access logs, so that their bucket stays empty."""
    for name in _switch_off(aws, scope, _ACCESS_LOGS):
        yield f"stopped the access logs of {name}"


def stop_insights(aws: Aws, scope: Scope) -> Iterator[str]:
    """Turn off Container Insights: late metrics would create its log group again after it is deleted."""
    arns = [cluster.arn for cluster in clusters(aws, scope)]
    described = aws.ecs.describe_clusters(clusters=arns, include=["SETTINGS"])["clusters"] if arns else []
    for cluster in described:
        settings = {each.get("name"): each.get("value") for each in cluster.get("settings", [])}
        if settings.get(_INSIGHTS, "disabled") != "disabled":
            name = cluster.get("clusterName", "")
            aws.ecs.update_cluster(cluster=name, settings=[{"name": _INSIGHTS, "value": "disabled"}])
            yield f"stopped Container Insights of {name}"


def _switch_off(aws: Aws, scope: Scope, attribute: str) -> Iterator[str]:
    """Set an attribute to false where it is true; yield the load balancers' names."""
    for balancer in load_balancers(aws, scope):
        attributes = aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=balancer.arn)["Attributes"]
        if any(item.get("Key") == attribute and item.get("Value") == "true" for item in attributes):
            aws.elbv2.modify_load_balancer_attributes(
                LoadBalancerArn=balancer.arn, Attributes=[{"Key": attribute, "Value": "false"}]
            )
            yield balancer.name


def drain(aws: Aws, scope: Scope, *, seconds: float, progress: Callable[[str], None]) -> Iterator[str]:
    """Wait until no task is left, for at most `seconds`; Terraform waits for the rest."""
    started = time.monotonic()
    left = _tasks_left(aws, scope)
    if left == 0:
        return
    while left and time.monotonic() - started < seconds:
        progress(f"waiting for {counted(left, 'task')} to stop")
        time.sleep(_POLL_SECONDS)
        left = _tasks_left(aws, scope)
    yield f"{counted(left, 'task')} did not stop within {seconds:.0f} s" if left else "every task has stopped"


def cluster_of(service_arn: str) -> str:
    """Return the cluster's name from `…:service/<cluster>/<service>`."""
    return service_arn.split("/")[-2]


def _tasks_left(aws: Aws, scope: Scope) -> int:
    """Count the tasks that haven't ended; ECS's own counts leave out those that are stopping."""
    ours = sum(_unfinished(aws, cluster.arn) for cluster in clusters(aws, scope))
    guest_tasks = (*guests(aws, scope, "RUNNING"), *guests(aws, scope, "STOPPED"))
    return ours + sum(task.get("lastStatus") != "STOPPED" for task in guest_tasks)


def _unfinished(aws: Aws, cluster: str) -> int:
    pages = aws.ecs.get_paginator("list_tasks")
    found = (
        *pages.paginate(cluster=cluster, desiredStatus="RUNNING"),
        *pages.paginate(cluster=cluster, desiredStatus="STOPPED"),
    )
    return sum(
        item.get("lastStatus") != "STOPPED"
        for page in found
        if page["taskArns"]
        for item in aws.ecs.describe_tasks(cluster=cluster, tasks=page["taskArns"])["tasks"]
    )

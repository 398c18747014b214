"""Before a destroy: prevent new starts of jobs, and stop the running ones."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wrapper.aws.client import Aws
from wrapper.inventory.cleanup.counting import counted
from wrapper.inventory.containers import clusters, guests
from wrapper.inventory.resource import Scope
from wrapper.inventory.triggers import rules, schedules

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import TaskTypeDef

_SERVICE = "service:"


def silence(aws: Aws, scope: Scope) -> Iterator[str]:
    """Disable rules and delete schedules: Terraform deletes them only after the jobs that they start."""
    for rule in rules(aws, scope):
        if aws.events.describe_rule(Name=rule.name).get("State") != "DISABLED":
            aws.events.disable_rule(Name=rule.name)
            yield f"disabled the rule {rule.name}"
    for schedule in schedules(aws, scope):
        group = schedule.arn.split("/")[-2]
        aws.scheduler.delete_schedule(Name=schedule.name, GroupName=group)
        yield f"deleted the schedule {schedule.name}"


def stop_tasks(aws: Aws, scope: Scope) -> Iterator[str]:
    """Stop the tasks of no service; they would continue to run until they end."""
    count = 0
    for task in (*_running(aws, scope), *guests(aws, scope, "RUNNING")):
        if not task.get("group", "").startswith(_SERVICE):
            aws.ecs.stop_task(
                cluster=task.get("clusterArn", ""),
                task=task.get("taskArn", ""),
                reason="the environment is destroyed",
            )
            count += 1
    if count:
        yield f"stopped {counted(count, 'job')}"


def _running(aws: Aws, scope: Scope) -> "Iterator[TaskTypeDef]":
    """Describe all running tasks in the environment's clusters."""
    for cluster in clusters(aws, scope):
        pages = aws.ecs.get_paginator("list_tasks").paginate(cluster=cluster.arn, desiredStatus="RUNNING")
        for arns in (page["taskArns"] for page in pages if page["taskArns"]):
            yield from aws.ecs.describe_tasks(cluster=cluster.arn, tasks=arns)["tasks"]

"""Convert ministack's records to a decision's input, and update DescribeServices' counts."""

import time

from ministack.services import ecs

from emulator.ecs.decision import Task, Wanted
from emulator.ecs.members import Record, is_healthy, is_live, is_running, tasks_of

# ECS shows stopped tasks for about an hour.
_FORGET_TASK_SECONDS = 3600


def wanted(service: Record, primary: Record) -> Wanted:
    """Return what the service requests; a failed or delayed deployment may not start tasks."""
    configuration = service.get("deploymentConfiguration") or {}
    may_start = primary["rolloutState"] != "FAILED" and time.monotonic() >= service.get("_start_after", 0.0)
    return Wanted(
        count=int(service["desiredCount"]),
        minimum_healthy_percent=int(configuration.get("minimumHealthyPercent", 100)),
        maximum_percent=int(configuration.get("maximumPercent", 200)),
        may_start=may_start,
    )


def seen(service: Record, primary: Record, task: Record) -> Task:
    """Return a live task as a decision's input."""
    return Task(
        arn=task["taskArn"],
        is_current=task.get("_deployment_id") == primary["id"],
        is_running=is_running(task),
        is_healthy=is_healthy(service, task),
        started_at=float(task.get("_running_since", 0.0)),
    )


def update_counts(service: Record) -> None:
    """Update the counts of the service, its deployments and its cluster."""
    live = [task for task in tasks_of(service) if is_live(task)]
    for record in (service, *service["deployments"]):
        own = [task for task in live if record is service or task.get("_deployment_id") == record["id"]]
        running = sum(map(is_running, own))
        record.update(runningCount=running, pendingCount=len(own) - running)
    ecs._recount_cluster(ecs._cluster_name_from_arn(service["clusterArn"]))


def forget_stopped(service: Record) -> None:
    """Remove the tasks that stopped long ago."""
    now = time.monotonic()
    for task in tasks_of(service):
        if task["lastStatus"] == "STOPPED":
            since = task.setdefault("_stopped_since", now)
            if now - since > _FORGET_TASK_SECONDS:
                ecs._tasks.pop(task["taskArn"], None)

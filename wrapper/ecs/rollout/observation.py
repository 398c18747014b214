"""Read a snapshot from AWS: one service, the tasks of one task definition, its load balancer's targets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wrapper.aws.client import Aws
from wrapper.ecs.rollout.snapshot import Container, Deployment, Event, ServiceTarget, Snapshot, Target, Task

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import DeploymentTypeDef, TaskTypeDef
    from types_boto3_elbv2.type_defs import TargetHealthDescriptionTypeDef

_BATCH = 100  # the maximum of DescribeTasks
_BEGINNING = datetime.fromtimestamp(0, UTC)


def observe(aws: Aws, *, cluster: str, target: ServiceTarget, elapsed_seconds: float) -> Snapshot:
    """Ask ECS and the load balancer. Tasks older than the deployment are an earlier one's and left out."""
    service = _service(aws, cluster, target)
    targets = _targets(aws, target.target_group_arn)
    snapshot = Snapshot(
        elapsed_seconds=elapsed_seconds,
        exists=bool(service),
        deployments=[_deployment(item) for item in service.get("deployments", [])],
        tasks=(),
        targets=targets or (),
        events=_events(service),
        lost_group=targets is None,
    )
    awaited = snapshot.awaited(target)
    since = awaited.created_at if awaited else _BEGINNING
    return replace(snapshot, tasks=_tasks(aws, cluster, target, since) if service else ())


def observe_events(aws: Aws, *, cluster: str, target: ServiceTarget) -> Sequence[Event]:
    """Read the service's events from ECS, newest first."""
    return _events(_service(aws, cluster, target))


def _service(aws: Aws, cluster: str, target: ServiceTarget) -> Mapping[str, Any]:
    found = aws.ecs.describe_services(cluster=cluster, services=[target.service_name])["services"]
    return next((item for item in found if item.get("status") == "ACTIVE"), {})


def _events(service: Mapping[str, Any]) -> Sequence[Event]:
    return [
        Event(at=item["createdAt"], message=item.get("message", "")) for item in service.get("events", [])
    ]


def _tasks(aws: Aws, cluster: str, target: ServiceTarget, since: datetime) -> Sequence[Task]:
    """List running and recently stopped tasks, newest first; ECS forgets stopped ones within hours."""
    arns = [arn for status in ("RUNNING", "STOPPED") for arn in _task_arns(aws, cluster, target, status)]
    batches = (arns[start : start + _BATCH] for start in range(0, len(arns), _BATCH))
    answers = (aws.ecs.describe_tasks(cluster=cluster, tasks=batch) for batch in batches)
    tasks = [
        task_of(item, now=aws.now())
        for answer in answers
        for item in answer["tasks"]
        if item.get("taskDefinitionArn") == target.task_definition_arn
    ]
    recent = (task for task in tasks if task.created_at >= since)
    return sorted(recent, key=lambda task: task.created_at, reverse=True)


def _task_arns(aws: Aws, cluster: str, target: ServiceTarget, status: str) -> Iterator[str]:
    pages = aws.ecs.get_paginator("list_tasks").paginate(
        cluster=cluster,
        serviceName=target.service_name,
        desiredStatus="STOPPED" if status == "STOPPED" else "RUNNING",
    )
    for page in pages:
        yield from page["taskArns"]


def _deployment(item: "DeploymentTypeDef") -> Deployment:
    return Deployment(
        id=item.get("id", ""),
        status=item.get("status", ""),
        task_definition_arn=item.get("taskDefinition", ""),
        desired=item.get("desiredCount", 0),
        running=item.get("runningCount", 0),
        pending=item.get("pendingCount", 0),
        failed=item.get("failedTasks", 0),
        state=item.get("rolloutState", ""),
        state_reason=item.get("rolloutStateReason", ""),
        created_at=item.get("createdAt", _BEGINNING),
    )


def task_of(item: "TaskTypeDef", *, now: datetime) -> Task:
    """Read one task of DescribeTasks' or RunTask's answer, which AWS sent `now`, by its clock."""
    containers = [
        Container(name=part.get("name", ""), exit_code=part.get("exitCode"), reason=part.get("reason", ""))
        for part in item.get("containers", [])
    ]
    return Task(
        id=item.get("taskArn", "").rpartition("/")[2],
        status=item.get("lastStatus", ""),
        created_at=item.get("createdAt", _BEGINNING),
        stop_code=item.get("stopCode", ""),
        stopped_reason=item.get("stoppedReason", ""),
        address=_address(item),
        containers=containers,
        age_seconds=(now - item["startedAt"]).total_seconds() if item.get("startedAt") else 0.0,
    )


def _address(item: "TaskTypeDef") -> str | None:
    details = (detail for part in item.get("attachments", []) for detail in part.get("details", []))
    return next(
        (detail.get("value") for detail in details if detail.get("name") == "privateIPv4Address"), None
    )


def _targets(aws: Aws, target_group_arn: str | None) -> Sequence[Target] | None:
    """Return the group's targets, None if somebody has deleted the group."""
    if target_group_arn is None:
        return ()
    try:
        described = aws.elbv2.describe_target_health(TargetGroupArn=target_group_arn)
    except aws.elbv2.exceptions.TargetGroupNotFoundException:
        return None
    return [_target(item) for item in described["TargetHealthDescriptions"]]


def _target(item: "TargetHealthDescriptionTypeDef") -> Target:
    health = item.get("TargetHealth", {})
    place: Mapping[str, Any] = item.get("Target", {})
    return Target(
        address=place.get("Id", ""),
        port=place.get("Port", 0),
        state=health.get("State", ""),
        reason=health.get("Reason", ""),
        description=health.get("Description", ""),
    )

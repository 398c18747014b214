"""Collectors of ECS and ECR."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from wrapper.aws.client import Aws
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.resource import Resource, Scope

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import TaskTypeDef

_SERVICES = 10  # DescribeServices' maximum

CLUSTER = Kind(
    "ecs",
    "cluster",
    arns=("ecs:cluster", "ecs:container-instance"),
    types=("aws_ecs_cluster", "aws_ecs_cluster_capacity_providers"),
)
REPOSITORY = Kind(
    "ecr",
    "repository",
    arns=("ecr:repository",),
    types=("aws_ecr_repository", "aws_ecr_lifecycle_policy", "aws_ecr_repository_policy"),
)


@collects(CLUSTER)
def clusters(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List active clusters; a deleted one stays visible as INACTIVE for a while."""
    arns = [arn for page in aws.ecs.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
    mine = [arn for arn in arns if scope.owns(_tail(arn), arn=arn)]
    if not mine:
        return
    for item in aws.ecs.describe_clusters(clusters=mine)["clusters"]:
        if item.get("status") != "INACTIVE":
            yield _resource("cluster", item.get("clusterArn", ""))


@collects(Kind("ecs", "service", arns=("ecs:service", "ecs:task-set"), types=("aws_ecs_service",)))
def services(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List the services in the environment's clusters, and those elsewhere with its task definitions."""
    for cluster in clusters(aws, scope):
        for page in aws.ecs.get_paginator("list_services").paginate(cluster=cluster.arn):
            yield from (_resource("service", arn) for arn in page["serviceArns"])
    yield from guest_services(aws, scope)


def guest_services(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List the environment's services in spared clusters: those that run its task definitions."""
    for cluster in _spared_clusters(aws, scope):
        pages = aws.ecs.get_paginator("list_services").paginate(
            cluster=cluster, PaginationConfig={"PageSize": _SERVICES}
        )
        for arns in (page["serviceArns"] for page in pages if page["serviceArns"]):
            for item in aws.ecs.describe_services(cluster=cluster, services=arns)["services"]:
                if _runs_ours(scope, item.get("taskDefinition", "")):
                    yield _resource("service", item.get("serviceArn", ""))


@collects(Kind("ecs", "task", arns=("ecs:task",)))
def tasks(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List tasks that run or start; ECS forgets stopped ones by itself."""
    for cluster in clusters(aws, scope):
        for page in aws.ecs.get_paginator("list_tasks").paginate(
            cluster=cluster.arn, desiredStatus="RUNNING"
        ):
            yield from (_resource("task", arn) for arn in page["taskArns"])
    for task in guests(aws, scope, "RUNNING"):
        yield _resource("task", task.get("taskArn", ""))


def guests(aws: Aws, scope: Scope, status: Literal["RUNNING", "STOPPED"]) -> "Iterator[TaskTypeDef]":
    """Describe the environment's tasks in spared clusters; `status` is their desired status."""
    for cluster in _spared_clusters(aws, scope):
        for page in aws.ecs.get_paginator("list_tasks").paginate(cluster=cluster, desiredStatus=status):
            arns = page["taskArns"]
            for task in aws.ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else ():
                if _runs_ours(scope, task.get("taskDefinitionArn", "")):
                    yield task


@collects(Kind("ecs", "task definition", arns=("ecs:task-definition",), types=("aws_ecs_task_definition",)))
def task_definitions(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List active and deregistered task definitions: AWS keeps the latter until they are deleted."""
    for status in ("ACTIVE", "INACTIVE"):
        for arn in _definitions(aws, scope, status):
            yield _resource("task definition", arn)


def active_task_definitions(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List the task definitions that have not been deregistered."""
    for arn in _definitions(aws, scope, "ACTIVE"):
        yield _resource("task definition", arn)


@collects(REPOSITORY)
def repositories(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.ecr.get_paginator("describe_repositories").paginate():
        for item in page["repositories"]:
            name, arn = item.get("repositoryName", ""), item.get("repositoryArn", "")
            if scope.owns(name, arn=arn):
                yield Resource(service="ecr", kind="repository", name=name, arn=arn)


def _spared_clusters(aws: Aws, scope: Scope) -> Sequence[str]:
    wanted = [arn for arn in sorted(scope.spared) if ":cluster/" in arn]
    described = aws.ecs.describe_clusters(clusters=wanted)["clusters"] if wanted else []
    return [each.get("clusterArn", "") for each in described if each.get("status") == "ACTIVE"]


def _runs_ours(scope: Scope, task_definition_arn: str) -> bool:
    return scope.owns(_tail(task_definition_arn), arn=task_definition_arn)


def _definitions(aws: Aws, scope: Scope, status: Literal["ACTIVE", "INACTIVE"]) -> Sequence[str]:
    pages = aws.ecs.get_paginator("list_task_definitions").paginate(status=status)
    return [arn for page in pages for arn in page["taskDefinitionArns"] if scope.owns(_tail(arn), arn=arn)]


def _resource(kind: str, arn: str) -> Resource:
    return Resource(service="ecs", kind=kind, name=_tail(arn), arn=arn)


def _tail(arn: str) -> str:
    return arn.rpartition("/")[2]

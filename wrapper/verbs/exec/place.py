"""In which container a command runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wrapper.aws.client import Aws, code_of, explained
from wrapper.ecs.services import slot_names
from wrapper.environment import Environment
from wrapper.errors import ConfigError, PreconditionError, meant

if TYPE_CHECKING:
    from types_boto3_ecs.type_defs import TaskTypeDef


@dataclass(frozen=True, kw_only=True)
class Place:
    """A container of a running task; `is_open` says whether the task was started with ECS Exec on."""

    region: str
    cluster: str
    task: str
    container: str
    is_open: bool


def place_of(
    aws: Aws, environment: Environment, service: str, *, task: str | None, container: str | None
) -> Place:
    """Return the named container; by default the service's own, of the newest task.

    `task` is a task's id or its beginning. Raises PreconditionError if no task runs, ConfigError for an
    unknown task or container.
    """
    running = _running(aws, environment.cluster_name, service)
    if not running:
        raise PreconditionError(
            f"{service} must have a running task for this, got none.",
            fix=f"see python -m wrapper status {environment.called}",
        )
    chosen = _chosen(running, task, environment.name)
    return Place(
        region=environment.region,
        cluster=environment.cluster_name,
        task=_id(chosen),
        container=_container(chosen, service, container, environment.name),
        is_open=chosen.get("enableExecuteCommand", False),
    )


def _running(aws: Aws, cluster: str, service: str) -> "Sequence[TaskTypeDef]":
    """Return the running tasks, newest first."""
    from botocore.exceptions import ClientError

    batches: list[list[str]] = []
    with explained():
        for name in slot_names(service):
            try:
                pages = aws.ecs.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=name)
                batches += [page["taskArns"] for page in pages if page["taskArns"]]
            except ClientError as error:
                if code_of(error) not in {"ClusterNotFoundException", "ServiceNotFoundException"}:
                    raise
        tasks = [
            task
            for batch in batches
            for task in aws.ecs.describe_tasks(cluster=cluster, tasks=batch)["tasks"]
        ]
    found = [each for each in tasks if each.get("lastStatus") == "RUNNING"]
    return sorted(found, key=lambda each: each["createdAt"], reverse=True)


def _chosen(running: "Sequence[TaskTypeDef]", wanted: str | None, environment: str) -> "TaskTypeDef":
    found = [each for each in running if wanted is None or _id(each).startswith(wanted)]
    if not found:
        known = ", ".join(_id(each) for each in running)
        problem = f"--task must be the id of a running task, or its beginning, got {wanted}; {known} run."
        raise ConfigError(f"exec {environment}", [problem])
    return found[0]


def _container(task: "TaskTypeDef", service: str, wanted: str | None, environment: str) -> str:
    known = [each.get("name", "") for each in task.get("containers", [])]
    name = wanted or service
    if name in known:
        return name
    raise ConfigError(f"exec {environment}", [f"{name}: unknown container; {meant(name, known)}"])


def _id(task: "TaskTypeDef") -> str:
    return task.get("taskArn", "").rpartition("/")[2]

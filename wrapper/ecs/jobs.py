"""What `status` shows of jobs: the newest task of each, as long as ECS keeps it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.aws.client import Aws, code_of, explained
from wrapper.ecs.rollout.observation import task_of
from wrapper.ecs.rollout.snapshot import Task
from wrapper.environment import Environment

_BATCH = 100  # the maximum of DescribeTasks


@dataclass(frozen=True, kw_only=True)
class JobStatus:
    """`task` is None if none ran within the hour or so for which ECS keeps stopped tasks."""

    name: str
    task: Task | None

    @property
    def state(self) -> str:
        """Return `running`, `done`, `failed` or `idle`."""
        if self.task is None:
            return "idle"
        if self.task.status != "STOPPED":
            return "running"
        return "done" if all(each.exit_code == 0 for each in self.task.containers) else "failed"

    @property
    def exit_code(self) -> int | None:
        codes = [each.exit_code for each in self.task.containers] if self.task else []
        return codes[0] if codes else None

    def as_json(self) -> dict[str, Any]:
        started = self.task.created_at.isoformat() if self.task else None
        return {
            "state": self.state,
            "task": self.task.id if self.task else None,
            "created_at": started,
            "exit_code": self.exit_code,
            "stopped_reason": self.task.stopped_reason if self.task else None,
        }


def look(aws: Aws, environment: Environment) -> Mapping[str, JobStatus]:
    """Read the newest task of each job from ECS."""
    return {
        name: JobStatus(
            name=name,
            task=max(_tasks(aws, environment, name), key=lambda task: task.created_at, default=None),
        )
        for name in environment.jobs
    }


def _tasks(aws: Aws, environment: Environment, job: str) -> Iterator[Task]:
    cluster = environment.cluster_name
    arns = [*_arns(aws, cluster, f"{environment.prefix}-{job}")]
    for start in range(0, len(arns), _BATCH):
        batch = arns[start : start + _BATCH]
        with explained():
            answer = aws.ecs.describe_tasks(cluster=cluster, tasks=batch)
        yield from (task_of(item, now=aws.now()) for item in answer["tasks"])


def _arns(aws: Aws, cluster: str, family: str) -> Iterator[str]:
    from botocore.exceptions import ClientError

    pages = aws.ecs.get_paginator("list_tasks")
    with explained():
        try:
            for page in pages.paginate(cluster=cluster, family=family, desiredStatus="RUNNING"):
                yield from page["taskArns"]
            for page in pages.paginate(cluster=cluster, family=family, desiredStatus="STOPPED"):
                yield from page["taskArns"]
        except ClientError as error:
            if code_of(error) != "ClusterNotFoundException":
                raise

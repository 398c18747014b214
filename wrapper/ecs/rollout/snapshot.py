"""One service at one moment, as data: deployments, the tasks of the awaited one, targets, events."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

# Stop codes that AWS uses if the task is to blame; scaling in and StopTask are not among them.
FAILURE_CODES = frozenset({"EssentialContainerExited", "TaskFailedToStart"})


@dataclass(frozen=True, kw_only=True)
class ServiceTarget:
    """What to wait for: the tasks of one planned task definition, before a deadline.

    `failed_tasks` is the number of failed tasks at which waiting ends early, None for ECS's own limit,
    `bound_seconds` the longest that the roll-out was predicted to take, `settle_seconds` the age at which a
    task counts as up: a load balancer trusts a new one after its first good answer. `deployment_id` is ""
    until the deployment has been seen. `released_at` is when the newest release was made, None if that does
    not run the service. A version that is tested `stands_beside` the one of the service of this name. What
    `is_up` was waited for before: a task that fails counts, also once another one has replaced it.
    """

    service_name: str
    task_definition_arn: str
    target_group_arn: str | None
    log_group_name: str
    deadline_seconds: float
    failed_tasks: int | None
    bound_seconds: float | None = None
    settle_seconds: float = 0.0
    deployment_id: str = ""
    stands_beside: str = ""
    released_at: datetime | None = None
    is_up: bool = False

    @property
    def name(self) -> str:
        """Return the name of the service, and of its own container."""
        return self.stands_beside or self.service_name

    @property
    def revision(self) -> str:
        return revision_of(self.task_definition_arn)


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """`status` is PRIMARY for the deployment that ECS aims at.

    `state` is IN_PROGRESS, COMPLETED or FAILED.
    """

    id: str
    status: str
    task_definition_arn: str
    desired: int
    running: int
    pending: int
    failed: int
    state: str
    state_reason: str
    created_at: datetime

    @property
    def is_primary(self) -> bool:
        return self.status == "PRIMARY"


@dataclass(frozen=True, kw_only=True)
class Container:
    """`exit_code` is None while it runs, and if it never started."""

    name: str
    exit_code: int | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Task:
    """`address` is the task's IP in the target group, None before it has one.

    `age_seconds` counts from the start of its containers, by this machine's clock; 0 before.
    """

    id: str
    status: str
    created_at: datetime
    stop_code: str
    stopped_reason: str
    address: str | None
    containers: Sequence[Container]
    age_seconds: float = 0.0

    @property
    def is_ending(self) -> bool:
        """Return whether it has stopped or is stopping: AWS sets the reason with that decision."""
        return self.status == "STOPPED" or bool(self.stop_code or self.stopped_reason)

    @property
    def is_running(self) -> bool:
        return self.status == "RUNNING" and not self.is_ending

    @property
    def has_failed(self) -> bool:
        """Return whether it ends by its own fault; for a failed health check only the reason says so."""
        return self.stop_code in FAILURE_CODES or "health check" in self.stopped_reason.lower()


@dataclass(frozen=True, kw_only=True)
class Target:
    """A target of the load balancer: `state` is healthy, initial, unhealthy, draining or unused."""

    address: str
    port: int
    state: str
    reason: str
    description: str

    @property
    def is_healthy(self) -> bool:
        return self.state == "healthy"


@dataclass(frozen=True, kw_only=True)
class Event:
    at: datetime
    message: str


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """`tasks` are those of the planned task definition, newest first; `exists` is for an active service.

    `lost_group` says that somebody has deleted the service's target group.
    """

    elapsed_seconds: float
    exists: bool
    deployments: Sequence[Deployment]
    tasks: Sequence[Task]
    targets: Sequence[Target]
    events: Sequence[Event]
    lost_group: bool = False

    def awaited(self, target: ServiceTarget) -> Deployment | None:
        """Return the deployment by its id, or the newest of the task definition while no id is known.

        Only the id separates a deployment from one of the same revision to which ECS rolled back.
        """
        found = [
            item
            for item in self.deployments
            if item.task_definition_arn == target.task_definition_arn
            and target.deployment_id in ("", item.id)
        ]
        return max(found, key=lambda item: (item.is_primary, item.created_at), default=None)

    @property
    def primary(self) -> Deployment | None:
        return next((item for item in self.deployments if item.is_primary), None)

    @property
    def running(self) -> Sequence[Task]:
        return [task for task in self.tasks if task.is_running]

    @property
    def failed(self) -> Sequence[Task]:
        return [task for task in self.tasks if task.has_failed]

    @property
    def unregistered(self) -> Sequence[Task]:
        """List the running tasks that the target group lacks, or deregisters although ECS keeps them.

        ECS registers a task once, before it calls it running.
        """
        found = ((task, self.target_of(task)) for task in self.running if task.address)
        return [task for task, target in found if target is None or target.state == "draining"]

    def without(self, task_ids: frozenset[str]) -> "Snapshot":
        """Return the same moment without these tasks."""
        return replace(self, tasks=[task for task in self.tasks if task.id not in task_ids])

    def target_of(self, task: Task) -> Target | None:
        """Return the target of a task; with several ports, a healthy one."""
        found = [target for target in self.targets if target.address == task.address]
        return max(found, key=lambda target: target.is_healthy, default=None)

    @property
    def healthy(self) -> Sequence[Task]:
        """List the running tasks that get requests from the load balancer."""
        return [task for task in self.running if (target := self.target_of(task)) and target.is_healthy]


def revision_of(task_definition_arn: str) -> str:
    """Return `<family>:<revision>`."""
    return task_definition_arn.rpartition("/")[2]

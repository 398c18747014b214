"""The meaning of a snapshot: in progress, done, or failed and why. Pure; nothing here asks AWS.

A success means that exactly the requested deployment is the one that ECS aims at, is COMPLETED, has every
task healthy in the load balancer for a while, and no task of another one is left. ECS also calls a service
stable after it has rolled back, and one whose tasks end seconds after their first good answer.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from wrapper.ecs.rollout.snapshot import Deployment, ServiceTarget, Snapshot, Task, revision_of

# A task of this age that is not in its target group was removed by somebody: no read is that late.
REGISTERED_SECONDS = 10
# UpdateService answers before every read of ECS shows the new deployment.
BEGIN_SECONDS = 10

Cause = Literal["missing", "replaced", "rolled back", "circuit breaker", "failed tasks", "deadline"]


@dataclass(frozen=True, kw_only=True)
class Progressing:
    text: str


@dataclass(frozen=True, kw_only=True)
class Done:
    deployment_id: str
    tasks: int


@dataclass(frozen=True, kw_only=True)
class Failed:
    cause: Cause
    sentence: str


Verdict = Progressing | Done | Failed


def judge(snapshot: Snapshot, target: ServiceTarget) -> Verdict:
    """Decide by one snapshot of one service."""
    awaited = snapshot.awaited(target)
    if awaited is None or not awaited.is_primary:
        return _not_primary(snapshot, target, awaited)
    if awaited.state == "FAILED":
        said = awaited.state_reason or "no reason given"
        return Failed(cause="circuit breaker", sentence=f"ECS gave the deployment up: {said.rstrip('.')}.")
    if _is_complete(snapshot, target, awaited) and not (target.is_up and snapshot.failed):
        return Done(deployment_id=awaited.id, tasks=len(snapshot.running))
    failures = max(len(snapshot.failed), awaited.failed if awaited.state == "IN_PROGRESS" else 0)
    limit = target.failed_tasks or _tolerated(awaited.desired)
    if failures >= limit:
        return Failed(
            cause="failed tasks",
            sentence=f"{_count(failures, 'task')} failed, which is the limit ({limit}).",
        )
    if snapshot.elapsed_seconds >= target.deadline_seconds:
        return Failed(cause="deadline", sentence=f"the deadline has passed: {describe(snapshot, target)}.")
    return Progressing(text=describe(snapshot, target))


def _tolerated(desired: int) -> int:
    """Return the number of failed tasks at which ECS's circuit breaker trips: one must not be enough.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
    """
    return min(max(ceil(desired / 2), 3), 200)


def describe(snapshot: Snapshot, target: ServiceTarget) -> str:
    """Return the progress: `1/2 running (1 pending), 0/2 healthy (1 initial), 12 s of 57 s predicted`."""
    awaited = snapshot.awaited(target)
    desired = awaited.desired if awaited else 0
    others = (task.status.lower() for task in snapshot.tasks if not task.is_running and not task.is_ending)
    words = [f"{len(snapshot.running)}/{desired} running{_counted(others)}"]
    if target.target_group_arn:
        own = (found for task in snapshot.running if (found := snapshot.target_of(task)))
        unhealthy = (each.state for each in own if not each.is_healthy)
        words.append(f"{len(snapshot.healthy)}/{desired} healthy{_counted(unhealthy)}")
    if lost := unregistered(snapshot, target):
        words.append(f"{len(lost)} not registered in the target group")
    if snapshot.failed:
        words.append(f"{len(snapshot.failed)} failed")
    draining = sum(item.running for item in snapshot.deployments if item is not awaited)
    if draining:
        words.append(f"{draining} of the old version")
    return ", ".join([*words, _pace(snapshot.elapsed_seconds, target)])


def unregistered(snapshot: Snapshot, target: ServiceTarget) -> Sequence[Task]:
    """List the tasks of a complete deployment that get no requests, because somebody deregistered them."""
    awaited = snapshot.awaited(target)
    if not target.target_group_arn or awaited is None or awaited.state != "COMPLETED":
        return []
    if len(snapshot.running) > awaited.desired:
        return []  # ECS is stopping some of them
    return [task for task in snapshot.unregistered if task.age_seconds >= REGISTERED_SECONDS]


def _counted(states: Iterable[str]) -> str:
    counts = Counter(states)
    return f" ({', '.join(f'{count} {state}' for state, count in sorted(counts.items()))})" if counts else ""


def _pace(elapsed: float, target: ServiceTarget) -> str:
    if target.bound_seconds is None:
        return f"{elapsed:.0f} s of {target.deadline_seconds:.0f} s"
    most = f"{target.bound_seconds:.0f} s predicted (deadline {target.deadline_seconds:.0f} s)"
    return f"{elapsed:.0f} s of {most}"


def _not_primary(
    snapshot: Snapshot, target: ServiceTarget, awaited: Deployment | None
) -> Progressing | Failed:
    unseen = awaited is None and not target.deployment_id
    if unseen and snapshot.elapsed_seconds < min(BEGIN_SECONDS, target.deadline_seconds):
        return Progressing(text=describe(snapshot, target))
    if not snapshot.exists:
        return Failed(cause="missing", sentence=f"ECS has no active service {target.service_name}.")
    current = revision_of(snapshot.primary.task_definition_arn) if snapshot.primary else "nothing"
    if awaited and awaited.state == "FAILED":
        said = f"ECS went back from {target.revision} to {current}: {awaited.state_reason.rstrip('.')}."
        return Failed(cause="rolled back", sentence=said)
    wants = f"{current} instead of {target.revision}"
    if current == target.revision:
        wants = f"another deployment of {current} than the requested one"
    return Failed(cause="replaced", sentence=f"ECS wants {wants}: it rolled back, or others deployed.")


def _is_complete(snapshot: Snapshot, target: ServiceTarget, awaited: Deployment) -> bool:
    running = len(snapshot.running)
    return (
        awaited.state == "COMPLETED"
        and not any(item.running or item.pending for item in snapshot.deployments if item is not awaited)
        and awaited.running == awaited.desired == running
        and all(task.age_seconds >= target.settle_seconds for task in snapshot.running)
        and _serving(snapshot, target) == running
    )


def _serving(snapshot: Snapshot, target: ServiceTarget) -> int:
    """Count the tasks that get requests; without a load balancer that is every running one."""
    return len(snapshot.healthy if target.target_group_arn else snapshot.running)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

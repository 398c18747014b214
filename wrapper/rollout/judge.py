"""What a snapshot means: still on its way, done, or failed and why. Pure; nothing here asks AWS.

Green means that the planned task definition's deployment is the one that ECS wants, is COMPLETED, and has
every task healthy in the load balancer. ECS calls a service stable after it has rolled back, too.
"""

from dataclasses import dataclass
from typing import Literal

from wrapper.rollout.snapshot import Deployment, ServiceTarget, Snapshot, revision_of

# UpdateService answers before every reader of ECS sees the new deployment.
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
    awaited = snapshot.deployment_of(target.task_definition_arn)
    if awaited is None or not awaited.is_primary:
        return _not_primary(snapshot, target, awaited)
    if awaited.state == "FAILED":
        said = awaited.state_reason or "no reason given"
        return Failed(cause="circuit breaker", sentence=f"ECS gave the deployment up: {said.rstrip('.')}.")
    if _is_complete(snapshot, target, awaited):
        return Done(deployment_id=awaited.id, tasks=len(snapshot.running))
    failures = max(len(snapshot.failed), awaited.failed if awaited.state == "IN_PROGRESS" else 0)
    if failures >= target.failed_tasks:
        return Failed(
            cause="failed tasks",
            sentence=f"{_count(failures, 'task')} failed, which is the limit ({target.failed_tasks}).",
        )
    if snapshot.elapsed_seconds >= target.deadline_seconds:
        return Failed(cause="deadline", sentence=f"the deadline has passed: {describe(snapshot, target)}.")
    return Progressing(text=describe(snapshot, target))


def describe(snapshot: Snapshot, target: ServiceTarget) -> str:
    """Say how far it is: `2/2 running, 1/2 healthy, 12 s of 300 s`."""
    awaited = snapshot.deployment_of(target.task_definition_arn)
    desired = awaited.desired if awaited else 0
    words = [f"{len(snapshot.running)}/{desired} running"]
    if target.target_group_arn:
        words.append(f"{len(snapshot.healthy)}/{desired} healthy")
    if snapshot.failed:
        words.append(f"{len(snapshot.failed)} failed")
    draining = sum(item.running for item in snapshot.deployments if item is not awaited)
    if draining:
        words.append(f"{draining} of the old version")
    return ", ".join([*words, f"{snapshot.elapsed_seconds:.0f} s of {target.deadline_seconds:.0f} s"])


def _not_primary(
    snapshot: Snapshot, target: ServiceTarget, awaited: Deployment | None
) -> Progressing | Failed:
    if awaited is None and snapshot.elapsed_seconds < min(BEGIN_SECONDS, target.deadline_seconds):
        return Progressing(text=describe(snapshot, target))
    if not snapshot.exists:
        return Failed(cause="missing", sentence=f"ECS has no active service {target.service_name}.")
    current = revision_of(snapshot.primary.task_definition_arn) if snapshot.primary else "nothing"
    if awaited and awaited.state == "FAILED":
        said = f"ECS went back from {target.revision} to {current}: {awaited.state_reason.rstrip('.')}."
        return Failed(cause="rolled back", sentence=said)
    return Failed(
        cause="replaced",
        sentence=f"ECS wants {current} instead of {target.revision}: it rolled back, or others deployed.",
    )


def _is_complete(snapshot: Snapshot, target: ServiceTarget, awaited: Deployment) -> bool:
    running = len(snapshot.running)
    return (
        awaited.state == "COMPLETED"
        and awaited.running == awaited.desired == running
        and _serving(snapshot, target) == running
    )


def _serving(snapshot: Snapshot, target: ServiceTarget) -> int:
    """Count the tasks that get requests; without a load balancer that's every running one."""
    return len(snapshot.healthy if target.target_group_arn else snapshot.running)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"

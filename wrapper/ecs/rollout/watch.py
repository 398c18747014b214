"""One service watched over time: reads snapshots, judges them, and can say why it failed."""

import time
from dataclasses import replace

from wrapper.aws.client import Aws
from wrapper.ecs.rollout import log
from wrapper.ecs.rollout.judge import Failed, Verdict, judge, unregistered
from wrapper.ecs.rollout.observation import observe, observe_events
from wrapper.ecs.rollout.reason import Reason, compose, failed_container, suspect
from wrapper.ecs.rollout.snapshot import ServiceTarget, Snapshot
from wrapper.ecs.rollout.stop import stop
from wrapper.ecs.rollout.targets import register

# Deployments that ECS does not end by itself, and those that it has ended, maybe by a rollback to a bad
# version.
_UNENDING = frozenset({"failed tasks", "deadline"})
_ENDED = frozenset({"circuit breaker", "rolled back"})


class Watch:
    """Watch one service; the deadline counts from the call."""

    def __init__(self, aws: Aws, cluster: str, target: ServiceTarget) -> None:
        self._aws = aws
        self._cluster = cluster
        self._target = target
        self._started = time.monotonic()
        self._last: Snapshot | None = None
        self._earlier: str | None = None
        self._old_failures: frozenset[str] = frozenset()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def look(self) -> Verdict:
        """Take a snapshot and judge it."""
        snapshot = observe(
            self._aws, cluster=self._cluster, target=self._target, elapsed_seconds=self.seconds
        )
        if self._last is None:
            self._old_failures = _settled_failures(snapshot, self._target)
        self._pin(snapshot)
        self._last = snapshot.without(self._old_failures)
        if lost := unregistered(self._last, self._target):
            register(self._aws, cluster=self._cluster, target=self._target, tasks=lost)
        return judge(self._last, self._target)

    def reason(self, failed: Failed) -> Reason:
        """Return the reason, from the last snapshot, ECS's events, and the log of the most informative task.

        A deployment that ECS has not given up itself is stopped.
        """
        snapshot = self._last or observe(
            self._aws, cluster=self._cluster, target=self._target, elapsed_seconds=self.seconds
        )
        # Reading takes a while: ECS may have given the reason since, before its task was seen to end.
        told = observe_events(self._aws, cluster=self._cluster, target=self._target)
        snapshot = replace(snapshot, events=told or snapshot.events)
        task = suspect(snapshot)
        container = failed_container(task) if task else None
        lines = (
            log.last_lines(
                self._aws,
                task_definition_arn=self._target.task_definition_arn,
                container=container.name,
                task=task.id,
            )
            if task and container
            else ()
        )
        reason = compose(snapshot, self._target, failed, log=lines)
        if failed.cause not in _UNENDING | _ENDED:
            return reason
        stopped = stop(
            self._aws,
            cluster=self._cluster,
            target=self._target,
            earlier=self._earlier,
            has_ended=failed.cause in _ENDED,
        )
        return replace(reason, stopped=stopped)

    def _pin(self, snapshot: Snapshot) -> None:
        """Wait for this very deployment from the moment when it is seen."""
        awaited = snapshot.awaited(self._target)
        if awaited and awaited.is_primary:
            self._target = replace(self._target, deployment_id=awaited.id)
            # Later it may be the one to which ECS rolled back, good or not.
            others = (item for item in snapshot.deployments if item is not awaited and item.running)
            self._earlier = next((item.task_definition_arn for item in others), self._earlier)


def _settled_failures(snapshot: Snapshot, target: ServiceTarget) -> frozenset[str]:
    """Return the tasks that failed in a deployment that was complete before this wait began.

    A task that somebody killed an hour ago must not fail an apply without changes.
    """
    awaited = snapshot.awaited(target)
    if awaited is None or awaited.state != "COMPLETED":
        return frozenset()
    return frozenset(task.id for task in snapshot.failed)

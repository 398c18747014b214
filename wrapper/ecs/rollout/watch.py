"""One service watched over time: looks, judges, and can say why."""

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

# What ECS itself sees no end of, and what it has ended, maybe by going back to what never was good.
_UNENDING = frozenset({"failed tasks", "deadline"})
_ENDED = frozenset({"circuit breaker", "rolled back"})


class Watch:
    """Watch one service from now on; the deadline counts from here."""

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
        """Put together why, from the last look, ECS's events by now, and the telling task's log.

        A deployment that ECS hasn't given up itself is stopped.
        """
        snapshot = self._last or observe(
            self._aws, cluster=self._cluster, target=self._target, elapsed_seconds=self.seconds
        )
        # A look takes a while: ECS may have told why after it was asked, and before its task was seen to end.
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
        """Wait for this very deployment from the moment that it is seen."""
        awaited = snapshot.awaited(self._target)
        if awaited and awaited.is_primary:
            self._target = replace(self._target, deployment_id=awaited.id)
            # Later it may be what ECS has gone back to, good or not.
            others = (item for item in snapshot.deployments if item is not awaited and item.running)
            self._earlier = next((item.task_definition_arn for item in others), self._earlier)


def _settled_failures(snapshot: Snapshot, target: ServiceTarget) -> frozenset[str]:
    """Return the tasks that failed under a deployment which had been completed before we came.

    A task that somebody killed an hour ago is no reason against an apply that changes nothing.
    """
    awaited = snapshot.awaited(target)
    if awaited is None or awaited.state != "COMPLETED":
        return frozenset()
    return frozenset(task.id for task in snapshot.failed)

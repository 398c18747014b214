"""Decide, from a service's tasks, how many to start and which to stop.

The rules are those of https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task that starts or runs; `is_current`: it belongs to the primary deployment."""

    arn: str
    is_current: bool
    is_running: bool
    is_healthy: bool
    started_at: float


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is requested; `may_start` is False for a failed deployment, and during a crash loop's back-off."""

    count: int
    minimum_healthy_percent: int
    maximum_percent: int
    may_start: bool = True

    @property
    def least_healthy(self) -> int:
        """The minimum of healthy tasks during a deployment, rounded up."""
        return math.ceil(self.count * self.minimum_healthy_percent / 100)

    @property
    def most(self) -> int:
        """The maximum of tasks during a deployment, rounded down, at least 1."""
        return max(1, self.count * self.maximum_percent // 100)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do now: how many tasks to start, and the ARNs of those to stop."""

    start: int
    stop: tuple[str, ...]


def decide(wanted: Wanted, tasks: Sequence[Task]) -> Decision:
    """Return what to do now. It is called again after every change."""
    if wanted.count == 0:
        return Decision(start=0, stop=tuple(task.arn for task in tasks))
    current = [task for task in tasks if task.is_current]
    old = [task for task in tasks if not task.is_current]
    missing = max(0, wanted.count - len(current)) if wanted.may_start else 0
    room = max(0, wanted.most - len(tasks))
    surplus = _surplus(current, wanted.count)
    retired = _retired(wanted, current, old, shortage=max(0, missing - room))
    return Decision(start=min(missing, room), stop=tuple(task.arn for task in surplus + retired))


def _surplus(current: Sequence[Task], count: int) -> list[Task]:
    """Return the tasks to stop if there are too many: first those that aren't healthy, then the newest."""
    return sorted(current, key=lambda task: (task.is_healthy, -task.started_at))[
        : max(0, len(current) - count)
    ]


def _retired(wanted: Wanted, current: Sequence[Task], old: Sequence[Task], *, shortage: int) -> list[Task]:
    """Return the old tasks to stop now.

    One that was never healthy is stopped at once. A healthy one is stopped when a new one has replaced it, or
    when the new ones need its place under the maximum, but never below the minimum of healthy tasks.
    """
    useless = [task for task in old if not task.is_running]
    unhealthy = [task for task in old if task.is_running and not task.is_healthy]
    healthy = sorted((task for task in old if task.is_healthy), key=lambda task: task.started_at)
    serving = len(healthy) + sum(task.is_healthy for task in current)
    replaced = max(0, serving - wanted.count)
    spare = max(0, serving - wanted.least_healthy)
    # An unhealthy old task is stopped first: it gets requests only if no target is healthy (fail open).
    given_up = unhealthy if wanted.may_start or replaced else []
    shortage = max(0, shortage - len(useless) - len(given_up))
    return useless + given_up + healthy[: min(spare, max(replaced, shortage))]

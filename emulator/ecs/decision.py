"""What a service needs next, worked out from what it has: how many tasks to start and which to stop.

The rules are those of https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Task:
    """A task that is starting or running; `is_current` says that it belongs to the primary deployment."""

    arn: str
    is_current: bool
    is_running: bool
    is_healthy: bool
    started_at: float


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """`may_start` is False for a deployment that failed and while a crash loop is held back."""

    count: int
    minimum_healthy_percent: int
    maximum_percent: int
    may_start: bool = True

    @property
    def least_healthy(self) -> int:
        return math.ceil(self.count * self.minimum_healthy_percent / 100)

    @property
    def most(self) -> int:
        return max(1, self.count * self.maximum_percent // 100)


@dataclass(frozen=True, kw_only=True)
class Decision:
    start: int
    stop: tuple[str, ...]


def decide(wanted: Wanted, tasks: Sequence[Task]) -> Decision:
    """Return what to do now; it is asked again after every change."""
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
    """Choose who goes if there are too many: those that don't serve yet, then the youngest."""
    return sorted(current, key=lambda task: (task.is_healthy, -task.started_at))[
        : max(0, len(current) - count)
    ]


def _retired(wanted: Wanted, current: Sequence[Task], old: Sequence[Task], *, shortage: int) -> list[Task]:
    """Choose which old tasks go now.

    One that never came up goes at once. A healthy one goes when a new one serves in its place or when the new
    ones need its room, and never below the least number of healthy tasks.
    """
    useless = [task for task in old if not task.is_running]
    unhealthy = [task for task in old if task.is_running and not task.is_healthy]
    healthy = sorted((task for task in old if task.is_healthy), key=lambda task: task.started_at)
    serving = len(healthy) + sum(task.is_healthy for task in current)
    replaced = max(0, serving - wanted.count)
    spare = max(0, serving - wanted.least_healthy)
    # An old task that isn't healthy makes room first: it serves nobody, or only when all fail open.
    given_up = unhealthy if wanted.may_start or replaced else []
    shortage = max(0, shortage - len(useless) - len(given_up))
    return useless + given_up + healthy[: min(spare, max(replaced, shortage))]

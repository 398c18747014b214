"""What Terraform's destroy can't do by itself: `prepare` runs before it, `sweep` after it.

Every step reads first and acts on what it finds, so each can be repeated. It yields a sentence for each thing
that it did. No step touches a resource whose ARN is in `spared`.
"""

from collections.abc import Callable, Iterator

from wrapper.aws.client import Aws, explained
from wrapper.environment import Environment
from wrapper.inventory import Scope, scope_of
from wrapper.inventory.cleanup.data import empty_buckets, empty_repositories
from wrapper.inventory.cleanup.jobs import silence, stop_tasks
from wrapper.inventory.cleanup.leftovers import (
    delete_cached_images,
    delete_log_groups,
    delete_task_definitions,
)
from wrapper.inventory.cleanup.traffic import (
    drain,
    lift_protection,
    scale_to_zero,
    stop_access_logs,
    stop_insights,
)

__all__ = ["Progress", "empty", "prepare", "sweep"]

Progress = Callable[[str], None]

_MARGIN_SECONDS = 30


def prepare(
    aws: Aws,
    *,
    environment: Environment,
    keep_data: bool,
    progress: Progress,
    spared: frozenset[str] = frozenset(),
) -> list[str]:
    """Stop all tasks, remove deletion protection and, unless data is kept, empty repositories and buckets.

    Not Terraform's state bucket, which destroy needs. Waits for the tasks to end, since their network can't
    be deleted before. Returns what was done, one sentence each.
    """
    with explained():
        scope = _scope(aws, environment, spared)
        steps = [
            silence(aws, scope),
            stop_insights(aws, scope),
            scale_to_zero(aws, scope),
            stop_tasks(aws, scope),
            lift_protection(aws, scope),
            drain(aws, scope, seconds=_drain_seconds(environment), progress=progress),
        ]
        if not keep_data:
            steps += [
                stop_access_logs(aws, scope),
                empty_repositories(aws, scope),
                empty_buckets(aws, scope, spare=environment.state_bucket),
            ]
        return list(_run(steps, progress))


def empty(
    aws: Aws, *, environment: Environment, progress: Progress, spared: frozenset[str] = frozenset()
) -> list[str]:
    """Empty the buckets that have got objects again since `prepare`. Returns what was done."""
    with explained():
        scope = _scope(aws, environment, spared)
        return list(_run([empty_buckets(aws, scope, spare=environment.state_bucket)], progress))


def sweep(
    aws: Aws,
    *,
    environment: Environment,
    keep_data: bool,
    progress: Progress,
    spared: frozenset[str] = frozenset(),
) -> list[str]:
    """Delete what Terraform leaves, by AWS's rules or on purpose: task definitions, caches, log groups.

    With `keep_data`, the logs of an environment that isn't disposable are kept. Returns what was done.
    """
    with explained():
        scope = _scope(aws, environment, spared)
        steps = [
            delete_task_definitions(aws, scope),
            delete_cached_images(aws, scope, caches=tuple(environment.images.caches)),
        ]
        if environment.disposable or not keep_data:
            steps.append(delete_log_groups(aws, scope))
        return list(_run(steps, progress))


def _scope(aws: Aws, environment: Environment, spared: frozenset[str]) -> Scope:
    return scope_of(aws, project=environment.project, environment=environment.name, spared=spared)


def _run(steps: list[Iterator[str]], progress: Progress) -> Iterator[str]:
    for step in steps:
        for sentence in step:
            progress(sentence)
            yield sentence


def _drain_seconds(environment: Environment) -> float:
    """Return the seconds that the slowest service may take to finish its requests and to stop."""
    rollouts = [service.rollout for service in environment.services.values()]
    slowest = max((item.drain_seconds + item.stop_timeout_seconds for item in rollouts), default=0)
    return slowest + _MARGIN_SECONDS

"""Bring services to zero tasks and back. The pause outlives applies: they leave a paused service at zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from wrapper.aws.client import explained
from wrapper.aws.identity import who
from wrapper.delivery.site import Ground
from wrapper.ecs import pauses as paused
from wrapper.ecs import services as live
from wrapper.ecs.pauses import Pause
from wrapper.ecs.services import LiveService
from wrapper.environment import Limits
from wrapper.environment.lookup import service_of
from wrapper.errors import PreconditionError, RolloutError
from wrapper.verbs.scale import wait_for_count

_NOTHING = Limits(0, 0)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """How many tasks a service had and has."""

    service: str
    before: int
    after: int


def pause(ground: Ground, service: str | None) -> list[Moved]:
    """Take the service, or all of them, to zero; return those that moved. A paused one stays so."""
    return [_pause(ground, each) for each in _services(ground, service, "pause")]


def resume(ground: Ground, service: str | None) -> list[Moved]:
    """Give the service, or all paused ones, their tasks back and wait until they are healthy."""
    known = paused.paused(ground.aws, bucket=ground.job.environment.state_bucket)
    chosen = [each for each in _services(ground, service, "resume") if each.name in known]
    if service and not chosen:
        raise PreconditionError(
            f"{service} must be paused to be resumed, and it is not.",
            fix=f"see python -m wrapper status {ground.job.environment.name}",
        )
    return [_resume(ground, each, known[each.name]) for each in chosen]


def _pause(ground: Ground, service: LiveService) -> Moved:
    bucket = ground.job.environment.state_bucket
    with ground.job.console.step(f"Pause {service.name}") as step:
        draft = Pause(
            service=service.name,
            desired=service.desired,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            who=who(ground.aws),
        )
        # Remembered first: whatever ends this half-way, resume knows the way back.
        paused.remember(ground.aws, bucket=bucket, pause=draft)
        _limit(ground, service.name, _NOTHING, suspended=True)
        wait_for_count(ground, service.name, 0, progress=step.progress)
        step.result(f"{service.desired} tasks before")
    return Moved(service=service.name, before=service.desired, after=0)


def _resume(ground: Ground, service: LiveService, pause: Pause) -> Moved:
    environment = ground.job.environment
    limits = environment.services[service.name].scaling.limits
    count = min(max(pause.desired, limits.min), limits.max)
    with ground.job.console.step(f"Resume {service.name}") as step:
        _limit(ground, service.name, limits, suspended=False)
        wait_for_count(ground, service.name, count, progress=step.progress)
        paused.forget(ground.aws, bucket=environment.state_bucket, service=service.name)
        step.result(f"{count} healthy")
    return Moved(service=service.name, before=service.desired, after=count)


def _limit(ground: Ground, name: str, limits: Limits, *, suspended: bool) -> None:
    """Set autoscaling's limits: neither a policy nor the clock may bring back what is paused."""
    with explained(RolloutError):
        ground.aws.autoscaling.register_scalable_target(
            ServiceNamespace="ecs",
            ScalableDimension="ecs:service:DesiredCount",
            ResourceId=f"service/{ground.job.environment.prefix}/{name}",
            MinCapacity=limits.min,
            MaxCapacity=limits.max,
            SuspendedState={
                "DynamicScalingInSuspended": suspended,
                "DynamicScalingOutSuspended": suspended,
                "ScheduledScalingSuspended": suspended,
            },
        )


def _services(ground: Ground, service: str | None, command: str) -> Sequence[LiveService]:
    """Return what ECS has of them; raise PreconditionError for one that it does not have."""
    environment = ground.job.environment
    if service:
        service_of(environment, service, command=command)
    names = [service] if service else list(environment.services)
    found = live.services(ground.aws, cluster=environment.prefix, names=names)
    absent = [name for name in names if name not in found]
    if absent:
        raise PreconditionError(
            f"{', '.join(absent)} must be deployed for this, and ECS does not have it.",
            fix=f"python -m wrapper apply {environment.name}",
        )
    return [found[name] for name in names]

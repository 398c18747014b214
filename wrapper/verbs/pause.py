"""Bring services to zero tasks and back. The pause outlives applies: they leave a paused service at zero."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from wrapper.aws.client import explained
from wrapper.aws.identity import who
from wrapper.delivery.site import Site
from wrapper.ecs import pauses
from wrapper.ecs.pauses import Pause
from wrapper.ecs.services import LiveService, live_services
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


def pause(site: Site, service: str | None) -> list[Moved]:
    """Take the service, or all of them, to zero; return those that moved. A paused one stays so."""
    return [_pause(site, each) for each in _services(site, service, "pause")]


def resume(site: Site, service: str | None) -> list[Moved]:
    """Give the service, or all paused ones, their tasks back and wait until they are healthy."""
    known = pauses.paused(site.aws, bucket=site.command.environment.state_bucket)
    chosen = [each for each in _services(site, service, "resume") if each.name in known]
    if service and not chosen:
        raise PreconditionError(
            f"{service} must be paused to be resumed, and it is not.",
            fix=f"see python -m wrapper status {site.command.environment.called}",
        )
    return [_resume(site, each, known[each.name]) for each in chosen]


def _pause(site: Site, service: LiveService) -> Moved:
    bucket = site.command.environment.state_bucket
    with site.command.console.step(f"Pause {service.name}") as step:
        draft = Pause(
            service=service.name,
            desired=service.desired,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            who=who(site.aws),
        )
        # Remembered first: whatever ends this half-way, resume knows the way back.
        pauses.remember(site.aws, bucket=bucket, pause=draft)
        _limit(site, service.name, _NOTHING, suspended=True)
        wait_for_count(site, service.name, 0, progress=step.progress)
        step.result(f"{service.desired} tasks before")
    return Moved(service=service.name, before=service.desired, after=0)


def _resume(site: Site, service: LiveService, pause: Pause) -> Moved:
    environment = site.command.environment
    limits = environment.services[service.name].scaling.limits
    count = min(max(pause.desired, limits.min), limits.max)
    with site.command.console.step(f"Resume {service.name}") as step:
        _limit(site, service.name, limits, suspended=False)
        wait_for_count(site, service.name, count, progress=step.progress)
        pauses.forget(site.aws, bucket=environment.state_bucket, service=service.name)
        step.result(f"{count} healthy")
    return Moved(service=service.name, before=service.desired, after=count)


def _limit(site: Site, name: str, limits: Limits, *, suspended: bool) -> None:
    """Set autoscaling's limits: neither a policy nor the clock may bring back what is pauses."""
    with explained(RolloutError):
        site.aws.autoscaling.register_scalable_target(
            ServiceNamespace="ecs",
            ScalableDimension="ecs:service:DesiredCount",
            ResourceId=f"service/{site.command.environment.cluster_name}/{name}",
            MinCapacity=limits.min,
            MaxCapacity=limits.max,
            SuspendedState={
                "DynamicScalingInSuspended": suspended,
                "DynamicScalingOutSuspended": suspended,
                "ScheduledScalingSuspended": suspended,
            },
        )


def _services(site: Site, service: str | None, command: str) -> Sequence[LiveService]:
    """Return what ECS has of them; raise PreconditionError for one that it does not have."""
    environment = site.command.environment
    if service:
        service_of(environment, service, command=command)
    names = [service] if service else list(environment.services)
    found = live_services(site.aws, cluster=environment.cluster_name, names=names)
    absent = [name for name in names if name not in found]
    if absent:
        raise PreconditionError(
            f"{', '.join(absent)} must be deployed for this, and ECS does not have it.",
            fix=f"python -m wrapper apply {environment.called}",
        )
    return [found[name] for name in names]

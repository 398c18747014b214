"""Stop all tasks of services, and start them again. An apply leaves a paused service at zero."""

from dataclasses import dataclass
from datetime import UTC, datetime

from wrapper.aws.client import explained
from wrapper.aws.identity import who
from wrapper.delivery import standing, variants
from wrapper.delivery.site import Site
from wrapper.ecs import pauses
from wrapper.ecs.pauses import Pause
from wrapper.ecs.services import LiveService, live_services, slot_names
from wrapper.environment import Limits
from wrapper.environment.lookup import service_of
from wrapper.errors import PreconditionError, RolloutError
from wrapper.verbs.scale import wait_for_count

_NOTHING = Limits(0, 0)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """The number of a service's tasks, before and after."""

    service: str
    before: int
    after: int


def pause(site: Site, service: str | None) -> list[Moved]:
    """Take the service, or all of them, to zero; return those that moved. A paused one stays so.

    A variant that gets requests is not paused alone: nobody would answer its share.
    """
    _refuse_share(site, service)
    return [_pause(site, name, each) for name, each in _services(site, service, "pause").items()]


def _refuse_share(site: Site, service: str | None) -> None:
    environment = site.command.environment
    share = variants.shares(site, environment, site.app()).get(service or "")
    if share and share.now:
        raise PreconditionError(
            f"{service} must get no requests to be paused alone, and gets {share.now} % of {share.of}'s.",
            fix=f"set its weight to 0 and apply, or pause all: python -m wrapper pause {environment.called}",
        )


def resume(site: Site, service: str | None) -> list[Moved]:
    """Start the tasks of the service, or of all paused ones, and wait until they are healthy."""
    known = pauses.paused(site.aws, bucket=site.command.environment.state_bucket)
    chosen = [(name, each) for name, each in _services(site, service, "resume").items() if name in known]
    if service and not chosen:
        raise PreconditionError(
            f"{service} must be paused to be resumed, but it is not.",
            fix=f"see python -m wrapper status {site.command.environment.called}",
        )
    return [_resume(site, name, each, known[name]) for name, each in chosen]


def _pause(site: Site, name: str, service: LiveService) -> Moved:
    bucket = site.command.environment.state_bucket
    with site.command.console.step(f"Pause {name}") as step:
        draft = Pause(
            service=name,
            desired=service.desired,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            who=who(site.aws),
        )
        # Written first: if this is interrupted, resume knows the numbers.
        pauses.remember(site.aws, bucket=bucket, pause=draft)
        for each in _slots(site, name):
            _limit(site, each, _NOTHING, suspended=True)
            if each != service.name:  # the version before, which the next apply starts again
                with explained(RolloutError):
                    site.aws.ecs.update_service(
                        cluster=site.command.environment.cluster_name, service=each, desiredCount=0
                    )
        wait_for_count(site, name, 0, progress=step.progress)
        step.result(f"{service.desired} tasks before")
    return Moved(service=name, before=service.desired, after=0)


def _resume(site: Site, name: str, service: LiveService, pause: Pause) -> Moved:
    environment = site.command.environment
    limits = environment.services[name].scaling.limits
    count = min(max(pause.desired, limits.min), limits.max)
    with site.command.console.step(f"Resume {name}") as step:
        _limit(site, service.name, limits, suspended=False)
        wait_for_count(site, name, count, progress=step.progress)
        pauses.forget(site.aws, bucket=environment.state_bucket, service=name)
        step.result(f"{count} healthy")
    return Moved(service=name, before=service.desired, after=count)


def _limit(site: Site, name: str, limits: Limits, *, suspended: bool) -> None:
    """Set autoscaling's limits: neither a policy nor a schedule may start what is paused."""
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


def _services(site: Site, service: str | None, command: str) -> dict[str, LiveService]:
    """Return the services as ECS has them; raise PreconditionError for one that ECS does not have."""
    environment = site.command.environment
    if service:
        service_of(environment, service, command=command)
    names = [service] if service else list(environment.services)
    found = standing.fronts(site, names)
    absent = [name for name in names if name not in found]
    if absent:
        raise PreconditionError(
            f"{', '.join(absent)} must be deployed for this, but ECS does not have it.",
            fix=f"python -m wrapper apply {environment.called}",
        )
    return {name: found[name] for name in names}


def _slots(site: Site, name: str) -> list[str]:
    """Return the name in ECS of the service in each of its slots."""
    cluster = site.command.environment.cluster_name
    return list(live_services(site.aws, cluster=cluster, names=slot_names(name)))

"""Set the number of a service's tasks, within the limits of its environment file."""

import time
from collections.abc import Callable

from wrapper.aws.client import explained
from wrapper.delivery import standing
from wrapper.delivery.site import Site
from wrapper.ecs import rollout
from wrapper.ecs.pauses import paused
from wrapper.ecs.services import live_services
from wrapper.environment import Environment
from wrapper.environment.lookup import service_of
from wrapper.errors import ConfigError, PreconditionError, RolloutError
from wrapper.verbs.status import target_of

# ECS answers before every later read shows the new number.
_SETTLE_SECONDS = 15.0
_POLL_SECONDS = 0.5


def scale(site: Site, name: str, count: int) -> int:
    """Set the number, wait until as many tasks are healthy, return how many there were before."""
    command = site.command
    service = standing.fronts(site, [name]).get(name)
    if service is None:
        raise PreconditionError(
            f"{name} must be deployed to be scaled, but ECS does not have it.",
            fix=f"python -m wrapper apply {command.environment.called}",
        )
    if name in paused(site.aws, bucket=command.environment.state_bucket):
        raise PreconditionError(
            f"{name} must not be paused to be scaled, but it is.",
            fix=f"python -m wrapper resume {command.environment.called} {name}",
        )
    with command.console.step(f"Scale {name} from {service.desired} to {count}") as step:
        wait_for_count(site, name, count, progress=step.progress)
        step.result(f"{count} healthy")
    return service.desired


def wait_for_count(site: Site, name: str, count: int, *, progress: Callable[[str], None]) -> None:
    """Set the number and wait until as many tasks are healthy and no other one runs. Raises RolloutError."""
    cluster = site.command.environment.cluster_name
    with explained(RolloutError):
        found = standing.fronts(site, [name])
        called = found[name].name if name in found else name
        site.aws.ecs.update_service(cluster=cluster, service=called, desiredCount=count)
    deadline = time.monotonic() + _SETTLE_SECONDS
    while time.monotonic() < deadline:
        service = live_services(site.aws, cluster=cluster, names=[called])[called]
        if service.desired == count:
            break
        time.sleep(_POLL_SECONDS)
    target = target_of(service, site.command.environment.services[name])
    rollout.wait(site.aws, cluster=cluster, services={name: target}, progress=progress)


def refuse_beyond_limits(environment: Environment, name: str, count: int) -> None:
    """Raise ConfigError for a number outside `scaling.min` to `scaling.max`, or an unknown service."""
    scaling = service_of(environment, name, command="scale").scaling
    if not scaling.min <= count <= scaling.max:
        path = f"services.{name}.scaling"
        raise ConfigError(
            f"scale {environment.name}",
            [f"N must be {path}.min ({scaling.min}) to {path}.max ({scaling.max}), got {count}."],
            fix=f"change {path} in environments/{environment.file}.yaml and apply it first",
        )

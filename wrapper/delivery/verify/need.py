"""How many tasks the environment needs room for, and what they need."""

from collections.abc import Mapping
from dataclasses import dataclass

from wrapper.delivery.verify.finding import Finding, Scene, failure, good, warning
from wrapper.ecs.services import busiest
from wrapper.environment import Service


@dataclass(frozen=True, kw_only=True)
class Need:
    """Tasks of one service: running now, at most during the next roll-out, and at most at any time."""

    running: int
    now: int
    ever: int


def needs(scene: Scene) -> Mapping[str, Need]:
    services = scene.environment.services
    running = busiest(scene.aws, cluster=scene.environment.cluster_name, names=list(services))
    return {
        name: _need(service, running[name].desired if name in running else 0, name in running)
        for name, service in services.items()
    }


def _need(service: Service, desired: int, exists: bool) -> Need:
    """Old and new tasks run in parallel, with two slots all of them; a first roll-out has no old ones."""
    is_rolling = service.rollout.strategy == "rolling"
    share = service.rollout.maximum_percent / 100 if is_rolling else 2
    scaling = service.scaling
    if not exists:
        return Need(running=0, now=scaling.min, ever=int(scaling.max * share))
    wanted = min(max(desired, scaling.min), scaling.max)
    return Need(running=desired, now=int(wanted * share), ever=int(scaling.max * share))


def compared(subject: str, *, noun: str, free: float, now: float, ever: float, fix: str) -> Finding:
    """Fail if the next roll-out does not fit, warn if only the maximum does not."""
    if now > free:
        return failure(subject, f"must leave {now:g} {noun} for the next roll-out, got {free:g} free.", fix)
    if ever > free:
        return warning(subject, f"should leave {ever:g} {noun} for scaling.max, got {free:g} free.", fix)
    return good(subject, f"{free:g} {noun} free, at most {ever:g} needed")

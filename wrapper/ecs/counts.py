"""What runs before a plan: the number of tasks that autoscaling, a schedule or a person has set."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.aws.client import Aws, explained
from wrapper.ecs.pauses import paused
from wrapper.ecs.services import busiest, slot_names
from wrapper.environment import Environment, Limits, Service
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.image import Image

# DescribeScalableTargets takes at most this many names at once.
_BATCH = 50


@dataclass(frozen=True, kw_only=True)
class Count:
    """The number of tasks for a plan; `limits` are a schedule's or a pause's, None if the file's apply."""

    desired: int
    limits: Limits | None

    @property
    def is_zero(self) -> bool:
        """Return whether no task is allowed."""
        return self.limits is not None and self.limits.max == 0


def counts(aws: Aws, environment: Environment) -> dict[str, Count]:
    """Return the count for a plan: that of the running service, within its limits; else the minimum.

    Terraform owns `desired_count` and the limits, but must not undo what autoscaling has done since, nor
    start what is paused.
    """
    cluster, services = environment.cluster_name, environment.services
    # Of two slots the one with more tasks counts: it has the requests, or will have them.
    running = busiest(aws, cluster=cluster, names=list(services))
    timed = timed_limits(aws, cluster=cluster, services=services)
    timed |= dict.fromkeys(paused(aws, bucket=environment.state_bucket), Limits(0, 0))
    return {
        name: _count(service, running[name].desired if name in running else 0, timed.get(name))
        for name, service in services.items()
    }


def releases(
    aws: Aws,
    environment: Environment,
    *,
    images: Mapping[str, Image],
    models: Mapping[str, ModelVersion | None],
    repositories: Mapping[str, Any],
) -> dict[str, ServiceRelease]:
    """Return what each service is to run, with as many tasks as now; `repositories` are the foundation's."""
    running = counts(aws, environment)
    return {
        name: ServiceRelease(
            image=images[name].reference,
            repository_arn=repositories[name]["arn"] if name in repositories else None,
            model=models.get(name),
            desired_count=running[name].desired,
            limits=running[name].limits,
        )
        for name in environment.services
    }


def timed_limits(aws: Aws, *, cluster: str, services: Mapping[str, Service]) -> dict[str, Limits]:
    """Return the limits that a schedule has set, if the file still has them.

    Other limits are not a schedule's: the plan replaces them.
    """
    known = {name: service.scaling.timed_limits for name, service in services.items()}
    names = {
        f"service/{cluster}/{each}": name
        for name, limits in known.items()
        if limits
        for each in slot_names(name)
    }
    found: dict[str, Limits] = {}
    resources = list(names)
    for start in range(0, len(resources), _BATCH):
        with explained():
            pages = aws.autoscaling.get_paginator("describe_scalable_targets").paginate(
                ServiceNamespace="ecs", ResourceIds=resources[start : start + _BATCH]
            )
            targets = [target for page in pages for target in page["ScalableTargets"]]
        for target in targets:
            limits = Limits(target["MinCapacity"], target["MaxCapacity"])
            name = names[target["ResourceId"]]
            if limits in known[name] and limits != services[name].scaling.limits:
                found[name] = limits
    return found


def _count(service: Service, running: int, timed: Limits | None) -> Count:
    limits = timed or service.scaling.limits
    return Count(desired=min(max(running, limits.min), limits.max), limits=timed)

"""What runs before a plan: how many tasks autoscaling, the clock or a person has set."""

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
    """How many tasks to plan with; `limits` are the clock's or a pause's, None if the file's own hold."""

    desired: int
    limits: Limits | None

    @property
    def is_zero(self) -> bool:
        """Say whether no task is allowed."""
        return self.limits is not None and self.limits.max == 0


def counts(aws: Aws, environment: Environment) -> dict[str, Count]:
    """Return the count to plan with: that of the running service, kept within its limits; else the minimum.

    Terraform owns `desired_count` and the limits, but must not undo what autoscaling has done since, nor
    wake what is paused.
    """
    cluster, services = environment.cluster_name, environment.services
    # Of two slots the one counts with more tasks: it has the requests, or will.
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
    """Return what each service is to run, as many times as now; `repositories` are the foundation's."""
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
    """Return the limits that the clock has set and that the file still has; others are left out.

    A limit that the file does not know, or no longer, is not the clock's: the plan replaces it.
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

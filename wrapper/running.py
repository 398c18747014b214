"""What runs before a plan: how many tasks autoscaling or a person has set."""

from collections.abc import Mapping

from wrapper import live
from wrapper.aws import Aws
from wrapper.environment import Service


def desired_counts(aws: Aws, *, cluster: str, services: Mapping[str, Service]) -> dict[str, int]:
    """Return the count to plan with: that of the running service, kept within its limits; else the minimum.

    Terraform owns `desired_count` but must not undo what autoscaling did since the last apply.
    """
    running = live.services(aws, cluster=cluster, names=list(services))
    wanted = {name: running[name].desired if name in running else 0 for name in services}
    return {
        name: min(max(wanted[name], service.scaling.min), service.scaling.max)
        for name, service in services.items()
    }

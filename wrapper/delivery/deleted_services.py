"""ECS services that somebody has deleted.

Terraform's provider waits two minutes for a service that its state has and ECS does not. So it must not wait:
an apply removes the service from the state, and a command that only reads uses a copy of the state without
it.
"""

from collections.abc import Mapping

from wrapper.delivery.site import Site
from wrapper.ecs.services import gone_services


def deleted_services(site: Site, stack: str) -> Mapping[str, str]:
    """Return the names of the stack's services that ECS lacks, each with its address."""
    addresses = {
        str(each["change"]["after"]["name"]): str(each["address"])
        for each in site.resources(stack)
        if each["type"] == "aws_ecs_service"
    }
    if not addresses:
        return {}
    cluster = site.command.environment.cluster_name
    names = gone_services(site.aws, cluster=cluster, names=list(addresses))
    return {name: addresses[name] for name in names}


def init_without(site: Site, stack: str, rendered: str, lost: Mapping[str, str]) -> None:
    """Initialise the stack with a state that lacks these resources: addresses by name."""
    copy = site.state_without(stack, frozenset(lost.values()))
    site.terraform.init(stack, tfvars=rendered, backend=None, state=copy)

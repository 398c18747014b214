"""ECS services that somebody has deleted.

Terraform's provider asks for two minutes for a service that its state has and ECS doesn't. So it isn't asked:
whoever may write to the state takes the service out of it, and who only looks does so with a copy.
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
    """Make the stack ready to be checked as if its state never had what is lost: addresses by name."""
    copy = site.state_without(stack, frozenset(lost.values()))
    site.terraform.init(stack, tfvars=rendered, backend=None, state=copy)

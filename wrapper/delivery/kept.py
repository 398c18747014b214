"""What is there from before and is the environment's own, though its state doesn't have it.

A destroy that keeps data leaves log groups, and so does a service that is taken out. Terraform would refuse
to make them again: the stacks take them over instead, as their `imports.tf` says.
"""

from collections.abc import Mapping

from wrapper import inventory
from wrapper.aws.client import explained
from wrapper.delivery import resource_names
from wrapper.delivery.site import APP, FOUNDATION, Site

_KINDS: Mapping[str, frozenset[str]] = {
    FOUNDATION: frozenset({"bucket", "repository"}),
    APP: frozenset({"log group"}),
}


def kept(site: Site, stack: str) -> list[str]:
    """Return the names of what the stack is to take over; AWS isn't asked if its state has all it makes."""
    environment = site.command.environment
    kinds = _KINDS.get(stack, frozenset())
    managed = site.managed()
    wanted = {
        name for kind, names in resource_names.names(environment).items() if kind in kinds for name in names
    }
    missing = wanted - managed
    if not missing:
        return []
    with explained():
        scope = inventory.scope_of(
            site.aws,
            project=environment.project,
            environment=environment.name,
            spared=environment.existing_arns,
        )
        found = inventory.orphans(site.aws, scope, kinds=kinds, managed=managed)
    return sorted(each.name for each in found if each.name in missing)

"""Which existing resources of the environment a stack must import, because its state does not have them.

A destroy that keeps data leaves log groups, and so does removing a service. Terraform would fail to create
them again, so each stack imports them, see its `imports.tf`.
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


def ids_to_import(site: Site, stack: str) -> list[str]:
    """Return the import ids (names), sorted. Without a call to AWS if the state has every resource."""
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
        scope = inventory.scope_in(site.aws, environment)
        found = inventory.orphans(site.aws, scope, kinds=kinds, managed=managed)
    return sorted(each.name for each in found if each.name in missing)

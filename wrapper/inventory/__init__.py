"""List an environment's resources in an account: by tag and by name, in every service that the stacks use.

Each service's own API decides whether a resource exists. The tagging API lists deleted ones for hours, so it
only provides the tags, and the resources that no stack has created.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from wrapper.aws.client import Aws, explained
from wrapper.inventory.account import alarms, buckets, log_groups, scalable_targets
from wrapper.inventory.capacity import capacity_providers, instance_groups
from wrapper.inventory.collector import Collector, Kind
from wrapper.inventory.containers import clusters, repositories, services, task_definitions, tasks
from wrapper.inventory.foreign import foreign_resources, orphans
from wrapper.inventory.identity import OF_THE_ACCOUNT, instance_profiles, policies, roles
from wrapper.inventory.load_balancing import listeners, load_balancers, target_groups
from wrapper.inventory.monitoring import dashboards, key_aliases, keys, topics
from wrapper.inventory.names import certificates, records, web_acls
from wrapper.inventory.network import network
from wrapper.inventory.registry import cache_rules, replication_rules
from wrapper.inventory.resource import Resource, Scope
from wrapper.inventory.tagged import of_other_kinds, scope_in, scope_of
from wrapper.inventory.triggers import queues, rules, schedule_groups, schedules

__all__ = [
    "KINDS",
    "OF_THE_ACCOUNT",
    "Resource",
    "Scope",
    "foreign_resources",
    "main_type",
    "orphans",
    "scope_in",
    "scope_of",
    "take",
    "untracked",
]

COLLECTORS: tuple[Collector, ...] = (
    services,
    tasks,
    task_definitions,
    clusters,
    capacity_providers,
    instance_groups,
    rules,
    schedules,
    schedule_groups,
    queues,
    records,
    certificates,
    web_acls,
    listeners,
    load_balancers,
    target_groups,
    scalable_targets,
    alarms,
    dashboards,
    topics,
    key_aliases,
    keys,
    network,
    roles,
    policies,
    instance_profiles,
    log_groups,
    repositories,
    cache_rules,
    replication_rules,
    buckets,
)
KINDS: tuple[Kind, ...] = tuple(kind for collector in COLLECTORS for kind in collector.kinds)
_LISTED = frozenset(arn for kind in (*KINDS, OF_THE_ACCOUNT) for arn in kind.arns)
_MAIN_TYPES = {(kind.service, kind.name): kind.types[0] for kind in KINDS if kind.types}


def take(
    aws: Aws,
    *,
    project: str,
    environment: str,
    with_data: bool = True,
    zone_id: str | None = None,
    hosts: Iterable[str] = (),
    spared: frozenset[str] = frozenset(),
) -> list[Resource]:
    """Return every resource with the environment's tags or name, each once.

    `with_data=False` leaves out what `--keep-data` keeps, see `Resource.is_data`. DNS records are those for
    `hosts` in the hosted zone `zone_id`. The ARNs in `spared` are left out, see `foreign_resources`.
    """
    with explained():
        scope = replace(
            scope_of(aws, project=project, environment=environment, spared=spared),
            zone_id=zone_id,
            hosts=frozenset(hosts),
        )
        found = _collected(aws, scope, COLLECTORS)
        by_arn = {resource.arn: resource for resource in found if with_data or not resource.is_data}
    return list(by_arn.values())


def main_type(resource: Resource) -> str | None:
    """Return Terraform's type of the resource; None if no stack has a resource of this kind."""
    return _MAIN_TYPES.get((resource.service, resource.kind))


def _collected(aws: Aws, scope: Scope, collectors: Sequence[Collector]) -> Iterator[Resource]:
    for collect in collectors:
        yield from collect(aws, scope)
    yield from untracked(scope)


def untracked(scope: Scope) -> Iterator[Resource]:
    """Yield the environment's resources of kinds that no collector lists."""
    return of_other_kinds(scope, listed=_LISTED)

"""Count what an environment has in an account: by tag and by name, over every service that the stacks use.

Each service's own API decides whether a thing is there; the tagging API, which is slow to forget, only says
whose it is, and finds what no stack has made.
"""

from collections.abc import Iterable
from dataclasses import replace

from wrapper.aws.client import Aws, explained
from wrapper.inventory.account import alarms, buckets, log_groups, policies, roles, scalable_targets
from wrapper.inventory.containers import clusters, repositories, services, task_definitions, tasks
from wrapper.inventory.load_balancing import listeners, load_balancers, target_groups
from wrapper.inventory.monitoring import dashboards, key_aliases, keys, topics
from wrapper.inventory.names import certificates, records, web_acls
from wrapper.inventory.network import network
from wrapper.inventory.registry import cache_rules, replication_rules
from wrapper.inventory.resource import Collector, Resource, Scope
from wrapper.inventory.tagged import scope_of, strangers
from wrapper.inventory.triggers import queues, rules, schedule_groups, schedules

__all__ = ["Resource", "Scope", "scope_of", "take"]

COLLECTORS: tuple[Collector, ...] = (
    services,
    tasks,
    task_definitions,
    clusters,
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
    log_groups,
    repositories,
    cache_rules,
    replication_rules,
    buckets,
    strangers,
)


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
    """List everything that carries the environment's tags or name, each thing once.

    `with_data=False` leaves out what `--keep-data` keeps, see `Resource.is_data`. Records are looked for in
    the hosted zone `zone_id`, where they name `hosts`. What is `spared`, by ARN, is not ours.
    """
    with explained():
        scope = replace(
            scope_of(aws, project=project, environment=environment, spared=spared),
            zone_id=zone_id,
            hosts=frozenset(hosts),
        )
        found = (resource for collect in COLLECTORS for resource in collect(aws, scope))
        by_arn = {resource.arn: resource for resource in found if with_data or not resource.is_data}
    return list(by_arn.values())

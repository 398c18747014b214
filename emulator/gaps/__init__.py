"""Patches for ministack 1.5.33, one function each, where it differs from AWS and the project needs AWS's way.

Each function's docstring says what unpatched ministack, called upstream, does.
tests/wrapper/sandbox/test_gaps.py shows each difference, so a patch that upstream no longer needs fails
there.
"""

import sys
from collections.abc import Callable
from importlib.metadata import version

from emulator.ecs.scheduler import Scheduler
from emulator.gaps import (
    alarms,
    autoscaling,
    capacity,
    certificates,
    containers,
    deployments,
    dns,
    events,
    execute,
    identities,
    in_use,
    limits,
    load_balancing,
    metrics,
    monitoring,
    network,
    quota,
    registry,
    scheduled_limits,
    scheduling,
    services,
    tags,
)

__all__ = ["GAPS", "SCHEDULING_GAPS", "WRITTEN_FOR", "close_all", "quota", "registry"]

WRITTEN_FOR = "1.5.33"
GAPS: tuple[Callable[[], None], ...] = (
    alarms.whole_alarms,
    autoscaling.application_autoscaling,
    capacity.managed_draining,
    certificates.issued_for_listeners,
    certificates.issued_when_proved,
    containers.dependencies,
    containers.whole_definition,
    containers.log_group_required,
    containers.metadata_on_loopback,
    containers.role_keys,
    containers.secrets_decrypted,
    containers.start_failures,
    dns.changes_in_sync,
    dns.zones_by_reference,
    events.ecs_targets,
    events.schedule_time_zones,
    execute.execute_command,
    identities.names_of_service_roles,
    identities.tags_of_providers,
    in_use.addresses_in_use,
    in_use.balancers_in_use,
    in_use.certificates_in_use,
    in_use.clusters_in_use,
    in_use.networks_in_use,
    in_use.overlapping_subnets,
    in_use.rules_in_use,
    in_use.web_acls_in_use,
    limits.long_lists,
    limits.long_policies,
    limits.many_tags,
    limits.other_names,
    limits.schedule_forms,
    load_balancing.balancers_network,
    load_balancing.balancers_of_rules,
    load_balancing.draining,
    load_balancing.forwarding,
    load_balancing.further_certificates,
    load_balancing.host_header_case,
    load_balancing.rule_priorities,
    load_balancing.target_health,
    load_balancing.targets_by_port,
    load_balancing.weighted_forwards,
    metrics.measured_metrics,
    network.endpoint_details,
    network.filters_by_vpc,
    network.flow_log_details,
    network.nat_addresses,
    network.rules_of_every_protocol,
    network.rules_to_prefix_lists,
    quota.balancer_limits,
    quota.service_quotas,
    registry.registry_settings,
    services.absent_network_configuration,
    services.changed_network_deploys,
    services.deployed_capacity,
    services.false_event,
    services.merged_deployment_configuration,
    services.zone_rebalancing,
    tags.tagged_resources,
)
# These replace upstream's scheduler by ours.
SCHEDULING_GAPS: tuple[Callable[[Scheduler], None], ...] = (
    deployments.service_deployments,
    monitoring.monitoring,
    scheduled_limits.scheduled_limits,
    scheduling.service_deletion,
    scheduling.task_stops,
    scheduling.service_scheduler,  # last, so that its lock is around the others' work
)


def close_all(scheduler: Scheduler) -> None:
    """Patch ministack. Any other version than the one that the patches are written for ends the process."""
    installed = version("ministack")
    if installed != WRITTEN_FOR:
        sys.exit(f"the patches are written for ministack {WRITTEN_FOR}, got {installed}.")
    for gap in GAPS:
        gap()
    for scheduling_gap in SCHEDULING_GAPS:
        scheduling_gap(scheduler)

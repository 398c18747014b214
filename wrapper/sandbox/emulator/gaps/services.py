"""What ministack's ECS services lack."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ecs

from wrapper.sandbox.emulator.alb.registry import TARGETS
from wrapper.sandbox.emulator.alb.target import State
from wrapper.sandbox.emulator.gaps.load_balancing import deregistration_delay
from wrapper.sandbox.emulator.patching import replace, wrap
from wrapper.sandbox.emulator.replies import Response


def absent_network_configuration() -> None:
    """Upstream answers `networkConfiguration: {}` for a service without one, which crashes the provider."""

    def sanitize(original: Callable[..., Any], value: Any) -> Any:
        clean = original(value)
        if isinstance(clean, dict) and clean.get("networkConfiguration") == {}:
            del clean["networkConfiguration"]
        return clean

    wrap(ecs, "_sanitize", sanitize)


def zone_rebalancing() -> None:
    """Upstream drops availabilityZoneRebalancing, so every plan wants to set it once more."""

    def keep(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        response = original(data)
        service = service_of(data)
        if response[0] == 200 and service is not None:
            default = service.get("availabilityZoneRebalancing", "DISABLED")
            service["availabilityZoneRebalancing"] = data.get("availabilityZoneRebalancing", default)
        return response

    wrap(ecs, "_create_service", keep)
    wrap(ecs, "_update_service", keep)


def targets_of_tasks() -> None:
    """Upstream replaces a group's members wholesale; each task is a target with a health of its own."""

    def sync(cluster: str, service: Mapping[str, Any]) -> None:
        for balancer in service.get("loadBalancers") or []:
            group, port = balancer.get("targetGroupArn"), balancer.get("containerPort", 80)
            running = (
                {ecs._task_ip(task) for task in _running_tasks(service)}
                if service["status"] == "ACTIVE"
                else set()
            )
            known = {
                target.address for target in TARGETS.targets(group) if target.state is not State.DRAINING
            }
            for address in running - known - {None}:
                TARGETS.register(group, address, port)
            for address in known - running:
                TARGETS.deregister(group, address, port, delay_seconds=deregistration_delay(group))

    replace(ecs, "_sync_service_targets", sync)


def service_of(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the service that a request names."""
    name = str(data.get("serviceName") or data.get("service") or "").rpartition("/")[2]
    cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
    service: dict[str, Any] | None = ecs._services.get(f"{cluster}/{name}")
    return service


def _running_tasks(service: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        task
        for task in ecs._tasks.values()
        if task.get("group") == f"service:{service['serviceName']}"
        and task.get("clusterArn") == service["clusterArn"]
        and task.get("lastStatus") == "RUNNING"
    ]

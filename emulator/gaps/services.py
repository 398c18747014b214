"""What ministack's ECS services lack."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ecs

from emulator.ecs.members import Record, service_named
from emulator.patching import wrap
from emulator.replies import Response

_DEPLOYED = ("networkConfiguration", "loadBalancers", "capacityProviderStrategy", "platformVersion")
_CAPACITY = ("capacityProviderStrategy", "launchType")
_FALSE = "has begun draining connections on 1 tasks."


def absent_network_configuration() -> None:
    """Upstream answers `networkConfiguration: {}` for a service without one, which crashes the provider."""

    def sanitize(original: Callable[..., Any], value: Any) -> Any:
        clean = original(value)
        if isinstance(clean, dict) and clean.get("networkConfiguration") == {}:
            del clean["networkConfiguration"]
        return clean

    wrap(ecs, "_sanitize", sanitize)


def zone_rebalancing() -> None:
    """Upstream drops availabilityZoneRebalancing, so every plan sets it again."""

    def keep(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        response = original(data)
        service = _service_of(data)
        if response[0] == 200 and service is not None:
            default = service.get("availabilityZoneRebalancing", "DISABLED")
            service["availabilityZoneRebalancing"] = data.get("availabilityZoneRebalancing", default)
        return response

    wrap(ecs, "_create_service", keep)
    wrap(ecs, "_update_service", keep)


def changed_network_deploys() -> None:
    """Upstream does not replace tasks if only a service's network or load balancers change; ECS does."""

    def update(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        service = _service_of(data) or {}
        is_new = any(
            _plain(data.get(name, service.get(name))) != _plain(service.get(name)) for name in _DEPLOYED
        )
        return original({**data, "forceNewDeployment": True} if is_new and service else data)

    wrap(ecs, "_update_service", update)


def deployed_capacity() -> None:
    """Upstream shows a deployment with the service's capacity from before the update that began it."""

    def update(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        response = original(data)
        service = _service_of(data)
        if response[0] == 200 and service and "capacityProviderStrategy" in data:
            service["deployments"][0].update({name: service.get(name) for name in _CAPACITY})
        return response

    wrap(ecs, "_update_service", update)


def merged_deployment_configuration() -> None:
    """Upstream resets what an update leaves out of the deployment configuration, such as the breaker."""

    def update(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        given = data.get("deploymentConfiguration")
        known = (_service_of(data) or {}).get("deploymentConfiguration") or {}
        return original({**data, "deploymentConfiguration": {**known, **given}} if given else data)

    wrap(ecs, "_update_service", update)


def false_event() -> None:
    """Upstream adds an event at each update that a task drains, before anything happens."""

    def update(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        service = _service_of(data) or {"events": []}
        before = {event["id"] for event in service["events"]}
        response = original(data)
        service["events"] = [
            event
            for event in service["events"]
            if event["id"] in before or not event["message"].endswith(_FALSE)
        ]
        return response

    wrap(ecs, "_update_service", update)


def _plain(value: Any) -> Any:
    """Return a value for comparisons that ignore the order of lists, and in which missing equals empty."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()} or None
    if isinstance(value, list):
        return sorted(map(str, map(_plain, value))) or None
    return value or None


def _service_of(data: Mapping[str, Any]) -> Record | None:
    return service_named(data.get("cluster"), data.get("serviceName") or data.get("service"))

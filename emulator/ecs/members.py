"""A service's tasks and targets, read from ministack's records."""

import time
from collections.abc import Iterator
from typing import Any

from ministack.services import alb, ecs

from emulator.alb import attributes
from emulator.alb.registry import TARGETS
from emulator.alb.target import Target

Record = dict[str, Any]
LIVE = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING")
LEAVING = ("DEACTIVATING",)
# Without a load balancer, a task that has run for so long counts as healthy.
_SETTLED_SECONDS = 1.0
_KEPT_EVENTS = 100


def tasks_of(service: Record) -> list[Record]:
    """Return the service's tasks, including stopped ones."""
    group, cluster = f"service:{service['serviceName']}", service["clusterArn"]
    return [
        task
        for task in ecs._tasks.values()
        if (task.get("group"), task.get("clusterArn")) == (group, cluster)
    ]


def service_named(cluster: str | None, name: str | None) -> Record | None:
    """Return the service that a request names; cluster and service are names or ARNs. None if missing."""
    key = f"{ecs._resolve_cluster_name(cluster or 'default')}/{str(name).rpartition('/')[2]}"
    service: Record | None = ecs._services.get(key)
    return service


def is_live(task: Record) -> bool:
    """Return whether the task starts or runs, and has not been asked to stop."""
    return task["lastStatus"] in LIVE and task["desiredStatus"] == "RUNNING"


def is_running(task: Record) -> bool:
    """Return whether the task runs, and has not been asked to stop."""
    return is_live(task) and task["lastStatus"] == "RUNNING"


def places_of(service: Record, task: Record) -> Iterator[tuple[str, str, int]]:
    """Yield the target group, address and port of each target of the task, registered or not yet.

    A registered task keeps its port, even if the service has another one now.
    """
    if "_registered" in task:
        yield from task["_registered"]
        return
    address = ecs._task_ip(task)
    for balancer in service.get("loadBalancers") or []:
        group = balancer.get("targetGroupArn")
        if address and group in alb._tgs:
            yield group, address, int(balancer["containerPort"])


def deregister(task: Record) -> None:
    """Deregister the task's targets, so that they drain."""
    for group, address, port in task.get("_registered", ()):
        TARGETS.deregister(group, address, port, delay_seconds=attributes.deregistration_seconds(group))


def drain_seconds(task: Record) -> float:
    """Return how many seconds the task's targets drain; 0 for a target group that was deleted."""
    groups = [group for group, *_ in task.get("_registered", ()) if group in alb._tgs]
    return max(map(attributes.deregistration_seconds, groups), default=0.0)


def targets_of(service: Record, task: Record) -> list[tuple[str, Target]]:
    """Return the task's registered targets with their groups."""
    found = ((place[0], TARGETS.find(*place)) for place in places_of(service, task))
    return [(group, target) for group, target in found if target is not None]


def is_healthy(service: Record, task: Record) -> bool:
    """Return whether the task runs and passes its own health checks and the load balancers'."""
    if not is_running(task) or (task.get("_is_checked") and task.get("healthStatus") != "HEALTHY"):
        return False
    if service.get("loadBalancers"):
        places = list(places_of(service, task))
        return bool(places) and all(TARGETS.is_healthy(*place) for place in places)
    return running_seconds(task) >= _SETTLED_SECONDS


def running_seconds(task: Record) -> float:
    """Return for how many seconds the task has been running."""
    since: float = task.setdefault("_running_since", time.monotonic())
    return time.monotonic() - since


def tell(service: Record, message: str) -> None:
    """Add an event to the service, newest first."""
    event = {
        "id": ecs.new_uuid(),
        "createdAt": time.time(),
        "message": f"(service {service['serviceName']}) {message}",
    }
    service["events"] = [event, *service["events"]][:_KEPT_EVENTS]

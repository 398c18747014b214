"""Replace the scheduler of ministack's ECS services by ours."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ecs

from emulator.ecs.members import Record, service_named
from emulator.ecs.scheduler import Scheduler
from emulator.patching import replace, wrap
from emulator.replies import Response, as_error, as_json

_SERVICE_DELETED = "Service deleted"
# All functions by which upstream would start, stop or check a service's tasks.
_UPSTREAM_SCHEDULER = (
    "_complete_service_deployment",
    "_reconcile_service_tasks",
    "_record_service_task_failure",
    "_refresh_service_state",
    "_schedule_service_deployment_completion",
    "_sync_service_targets",
)


def service_scheduler(scheduler: Scheduler) -> None:
    """Upstream completes a deployment after a second, and stops the old tasks at once, healthy or not."""

    def make(original: Callable[..., Record], *arguments: Any, **options: Any) -> Record:
        deployment = original(*arguments, **options)
        reason = f"ECS deployment {deployment['id']} in progress."
        return {**deployment, "rolloutState": "IN_PROGRESS", "rolloutStateReason": reason}

    def alone(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        with scheduler.lock:
            return original(data)

    for name in _UPSTREAM_SCHEDULER:
        replace(ecs, name, lambda *_, **__: scheduler.wake())
    for name in ("_create_service", "_update_service", "_delete_service"):
        wrap(ecs, name, alone)
    wrap(ecs, "_make_deployment", make)


def task_stops(scheduler: Scheduler) -> None:
    """Upstream reports a task as stopped at once, kills it after 5 s, without draining or its sidecars."""

    def stop(data: Mapping[str, Any]) -> Response:
        cluster = ecs._resolve_cluster_name(data.get("cluster", "default"))
        task = ecs._resolve_task(data.get("task", ""), cluster)
        if task is None:
            return as_error("InvalidParameterException", "The referenced task was not found.")
        reason = data.get("reason") or "Task stopped by user"
        code = "ServiceSchedulerInitiated" if reason == _SERVICE_DELETED else "UserInitiated"
        scheduler.stopper.stop(task, reason=reason, code=code)
        return as_json({"task": ecs._sanitize(task)})

    def notice(task: Record, docker: object = None) -> None:
        scheduler.stopper.notice_end(task)

    replace(ecs, "_stop_task", stop)
    replace(ecs, "_maybe_mark_stopped", notice)


def service_deletion(scheduler: Scheduler) -> None:
    """Upstream reports a deleted service as inactive at once; ECS lets its tasks drain first."""

    def delete(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        response = original(data)
        service = service_named(data.get("cluster"), data.get("service"))
        if response[0] == 200 and service:
            service["status"] = "DRAINING"
            scheduler.wake()
            return as_json({"service": ecs._sanitize(service)})
        return response

    wrap(ecs, "_delete_service", delete)

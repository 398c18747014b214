"""What ministack's ECS lacks between a service's wish and its tasks: it is handed to a scheduler of ours."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs

from wrapper.sandbox.emulator.ecs import deployments
from wrapper.sandbox.emulator.ecs.members import Record, is_live, service_named, tasks_of
from wrapper.sandbox.emulator.ecs.scheduler import Scheduler
from wrapper.sandbox.emulator.patching import replace, wrap
from wrapper.sandbox.emulator.replies import Response, as_error, as_json

_SERVICE_DELETED = "Service deleted"
# Everything by which upstream would start, stop or judge a service's tasks itself.
_UPSTREAM_SCHEDULER = (
    "_complete_service_deployment",
    "_reconcile_service_tasks",
    "_record_service_task_failure",
    "_refresh_service_state",
    "_schedule_service_deployment_completion",
    "_sync_service_targets",
)


def service_scheduler(scheduler: Scheduler) -> None:
    """Upstream calls a new deployment done after a second and stops the old tasks at once, healthy or not."""

    def make(original: Callable[..., Record], *arguments: Any, **options: Any) -> Record:
        deployment = original(*arguments, **options)
        reason = f"ECS deployment {deployment['id']} in progress."
        return {**deployment, "rolloutState": "IN_PROGRESS", "rolloutStateReason": reason}

    for name in _UPSTREAM_SCHEDULER:
        replace(ecs, name, lambda *_, **__: scheduler.wake())
    wrap(ecs, "_make_deployment", make)


def task_stops(scheduler: Scheduler) -> None:
    """Upstream calls a task stopped at once, kills it after 5 s, drains nothing and forgets its sidecars."""

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
    """Upstream calls a deleted service inactive at once; ECS lets its tasks drain first."""

    def delete(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        response = original(data)
        service = service_named(data.get("cluster"), data.get("service"))
        if response[0] == 200 and service:
            service["status"] = "DRAINING"
            scheduler.wake()
            return as_json({"service": ecs._sanitize(service)})
        return response

    wrap(ecs, "_delete_service", delete)


def service_deployments(scheduler: Scheduler) -> None:
    """Upstream has no history of deployments and can't stop one."""

    def describe(data: Mapping[str, Any]) -> Response:
        wanted = data.get("serviceDeploymentArns", [])
        found = [
            _described(service, entry) for service, entry in _entries() if _arn(service, entry) in wanted
        ]
        return as_json({"serviceDeployments": found, "failures": []})

    def list_all(data: Mapping[str, Any]) -> Response:
        service = service_named(data.get("cluster"), data.get("service"))
        if service is None:
            return as_error("ServiceNotFoundException", "Service not found.")
        entries = deployments.history_of(service)
        wanted = [entry for entry in entries if entry["status"] in data.get("status", [entry["status"]])]
        return as_json({"serviceDeployments": [_brief(service, entry) for entry in wanted]})

    def stop(data: Mapping[str, Any]) -> Response:
        arn = data.get("serviceDeploymentArn", "")
        for service, entry in _entries():
            primary = deployments.primary_of(service)
            if (
                _arn(service, entry) == arn
                and primary["id"] == entry["id"]
                and entry["status"] == "IN_PROGRESS"
            ):
                roll_back = data.get("stopType", "ROLLBACK") == "ROLLBACK"
                deployments.fail(service, "stopped by user.", roll_back=roll_back)
                scheduler.wake()
                return as_json({"serviceDeploymentArn": arn})
        return as_error(
            "ServiceDeploymentNotFoundException", "Service deployment not found or not in progress."
        )

    replace(ecs, "_describe_service_deployments", describe)
    replace(ecs, "_list_service_deployments", list_all)
    ecs._ACTION_MAP["StopServiceDeployment"] = stop


def _entries() -> Iterator[tuple[Record, Record]]:
    for service in ecs._services.values():
        for entry in deployments.history_of(service):
            yield service, entry


def _arn(service: Record, entry: Record) -> str:
    cluster = service["clusterArn"].rpartition("/")[2]
    place = f"arn:aws:ecs:{get_region()}:{get_account_id()}:service-deployment"
    return f"{place}/{cluster}/{service['serviceName']}/{entry['id'].rpartition('/')[2]}"


def _revision(service: Record, deployment_id: str) -> str:
    cluster = service["clusterArn"].rpartition("/")[2]
    place = f"arn:aws:ecs:{get_region()}:{get_account_id()}:service-revision"
    return f"{place}/{cluster}/{service['serviceName']}/{deployment_id.rpartition('/')[2]}"


def _brief(service: Record, entry: Record) -> Record:
    times: Record = {name: entry[name] for name in ("createdAt", "finishedAt") if name in entry}
    return {
        "serviceDeploymentArn": _arn(service, entry),
        "serviceArn": service["serviceArn"],
        "clusterArn": service["clusterArn"],
        "startedAt": entry["createdAt"],
        "targetServiceRevisionArn": _revision(service, entry["id"]),
        "status": entry["status"],
        "statusReason": entry["statusReason"],
        **times,
    }


def _described(service: Record, entry: Record) -> Record:
    live = [task for task in tasks_of(service) if is_live(task) and task.get("_deployment_id") == entry["id"]]
    running = sum(task["lastStatus"] == "RUNNING" for task in live)
    brief = _brief(service, entry)
    revision = {
        "arn": brief.pop("targetServiceRevisionArn"),
        "requestedTaskCount": service["desiredCount"],
        "runningTaskCount": running,
        "pendingTaskCount": len(live) - running,
    }
    rollback = (
        {"rollback": {"serviceRevisionArn": _revision(service, entry["rollback"])}}
        if "rollback" in entry
        else {}
    )
    return {
        **brief,
        "updatedAt": time.time(),
        "targetServiceRevision": revision,
        "deploymentConfiguration": service.get("deploymentConfiguration"),
        "deploymentCircuitBreaker": _breaker(service, entry),
        **rollback,
    }


def _breaker(service: Record, entry: Record) -> Record:
    current: Record = next((one for one in service["deployments"] if one["id"] == entry["id"]), {})
    states = {"IN_PROGRESS": "MONITORING", "SUCCESSFUL": "MONITORING_COMPLETE"}
    is_on = deployments.breaker_of(service).get("enable")
    return {
        "status": states.get(entry["status"], "TRIGGERED") if is_on else "DISABLED",
        "failureCount": current.get("failedTasks", 0),
        "threshold": deployments.threshold_of(service),
    }

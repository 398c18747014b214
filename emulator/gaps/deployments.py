"""The history of a service's deployments, which ministack's ECS doesn't keep."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs

from emulator.ecs import deployments
from emulator.ecs.members import Record, is_live, service_named, tasks_of
from emulator.ecs.scheduler import Scheduler
from emulator.patching import replace
from emulator.replies import Response, as_error, as_json


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
        found = next((service for service, entry in _entries() if _is_open(service, entry, arn)), None)
        if found is None:
            message = "Service deployment not found or not in progress."
            return as_error("ServiceDeploymentNotFoundException", message)
        roll_back = data.get("stopType", "ROLLBACK") == "ROLLBACK"
        with scheduler.lock:
            deployments.fail(found, "Service deployment stopped by user.", roll_back=roll_back)
        scheduler.wake()
        return as_json({"serviceDeploymentArn": arn})

    replace(ecs, "_describe_service_deployments", describe)
    replace(ecs, "_list_service_deployments", list_all)
    ecs._ACTION_MAP["StopServiceDeployment"] = stop


def _entries() -> Iterator[tuple[Record, Record]]:
    for service in ecs._services.values():
        for entry in deployments.history_of(service):
            yield service, entry


def _is_open(service: Record, entry: Record, arn: str) -> bool:
    return bool(entry["status"] == "IN_PROGRESS" and _arn(service, entry) == arn)


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
    rollback: Record = {}
    if "rollback" in entry:
        rollback["rollback"] = {"serviceRevisionArn": _revision(service, entry["rollback"])}
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

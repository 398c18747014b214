"""The states of a service's deployments: completed, failed, rolled back, removed."""

import math
import time
from typing import Any

from emulator.ecs.members import LEAVING, Record, is_healthy, is_live, tasks_of, tell

# A failed deployment stays visible for so long, for callers that poll every few seconds.
_SHOW_FAILED_SECONDS = 30


def primary_of(service: Record) -> Record:
    """Return the service's primary deployment, the one that its last update began."""
    deployment: Record = next(item for item in service["deployments"] if item["status"] == "PRIMARY")
    return deployment


def history_of(service: Record) -> list[Record]:
    """Return all deployments of the service, newest first, in the form of DescribeServiceDeployments."""
    history: list[Record] = service.setdefault("_history", [])
    known = {entry["id"] for entry in history}
    for deployment in reversed(service["deployments"]):
        if deployment["id"] not in known:
            _close_overtaken(history)
            entry = {"id": deployment["id"], "createdAt": time.time(), "status": "IN_PROGRESS"}
            history.insert(0, {**entry, "statusReason": deployment["rolloutStateReason"]})
    return history


def complete_if_done(service: Record) -> None:
    """Complete the primary deployment if all its tasks are healthy and the others' are drained."""
    primary = primary_of(service)
    tasks = tasks_of(service)
    own = [task for task in tasks if is_live(task) and task.get("_deployment_id") == primary["id"]]
    others = [task for task in tasks if task.get("_deployment_id") != primary["id"]]
    is_done = len(own) == service["desiredCount"] and all(is_healthy(service, task) for task in own)
    if primary["rolloutState"] == "IN_PROGRESS" and is_done and not any(map(_holds_up, others)):
        _set_state(primary, "COMPLETED", f"ECS deployment {primary['id']} completed.")
        primary["failedTasks"] = 0
        service["_last_completed"] = dict(primary)
        _finish(service, primary)
        tell(service, f"(deployment {primary['id']}) deployment completed.")
        tell(service, "has reached a steady state.")


def count_failure(service: Record, deployment_id: str) -> None:
    """Count a failed task of the primary deployment; the circuit breaker may fail the deployment."""
    primary = primary_of(service)
    if primary["id"] != deployment_id or primary["rolloutState"] != "IN_PROGRESS":
        return
    primary["failedTasks"] = int(primary.get("failedTasks", 0)) + 1
    if breaker_of(service).get("enable") and primary["failedTasks"] >= threshold_of(service):
        reason = "ECS deployment circuit breaker: tasks failed to start."
        fail(service, reason, roll_back=bool(breaker_of(service).get("rollback")))


def count_success(service: Record, deployment_id: str) -> None:
    """Reset the count of failures, because a task of the primary deployment has become healthy."""
    primary = primary_of(service)
    if primary["id"] == deployment_id and breaker_of(service).get("resetOnHealthyTask", True):
        primary["failedTasks"] = 0


def fail(service: Record, reason: str, *, roll_back: bool) -> None:
    """Fail the primary deployment; with `roll_back`, return to the last completed one, if there is one."""
    failed = primary_of(service)
    _set_state(failed, "FAILED", reason)
    failed["_failed_at"] = time.monotonic()
    tell(service, f"(deployment {failed['id']}) deployment failed: {reason.rpartition(': ')[2]}")
    earlier = service.get("_last_completed")
    entry = _entry(service, failed)
    if roll_back and earlier and earlier["id"] != failed["id"]:
        _roll_back(service, failed, earlier, cause=reason.partition(":")[0].rstrip("."))
        entry.update(status="ROLLBACK_IN_PROGRESS", statusReason=reason, rollback=earlier["id"])
    else:
        entry.update(status="STOPPED", statusReason=reason, finishedAt=time.time())


def forget_finished(service: Record) -> None:
    """Remove the deployments that have no tasks left; a failed one a little later."""
    busy = {task.get("_deployment_id") for task in tasks_of(service) if task["lastStatus"] != "STOPPED"}
    since = time.monotonic() - _SHOW_FAILED_SECONDS
    service["deployments"] = [
        item
        for item in service["deployments"]
        if item["status"] == "PRIMARY" or item["id"] in busy or item.get("_failed_at", -math.inf) > since
    ]


def breaker_of(service: Record) -> dict[str, Any]:
    """Return the settings of the circuit breaker; empty if the service has none."""
    return (service.get("deploymentConfiguration") or {}).get("deploymentCircuitBreaker") or {}


def threshold_of(service: Record) -> int:
    """Return how many failures in a row trigger the breaker: half the desired count, from 3 to 200."""
    return min(200, max(3, math.ceil(int(service["desiredCount"]) / 2)))


def _close_overtaken(history: list[Record]) -> None:
    for entry in history:
        if entry["status"] == "IN_PROGRESS":
            reason = "A newer deployment took its place."
            entry.update(status="STOPPED", statusReason=reason, finishedAt=time.time())


def _roll_back(service: Record, failed: Record, earlier: Record, *, cause: str) -> None:
    failed["status"], failed["desiredCount"] = "ACTIVE", 0
    kept = next((item for item in service["deployments"] if item["id"] == earlier["id"]), dict(earlier))
    kept.update(status="PRIMARY", desiredCount=service["desiredCount"], failedTasks=0)
    _set_state(kept, "IN_PROGRESS", f"{cause}: rolling back to deploymentId {kept['id']}.")
    service["taskDefinition"] = kept["taskDefinition"]
    service["deployments"] = [kept, *(item for item in service["deployments"] if item is not kept)]
    tell(service, f"(deployment {failed['id']}) rolling back to deployment {kept['id']}.")


def _finish(service: Record, completed: Record) -> None:
    """Finish the history's entry, and that of a deployment whose roll-back has completed by this."""
    for entry in history_of(service):
        if entry["status"] == "ROLLBACK_IN_PROGRESS" and entry.get("rollback") == completed["id"]:
            entry.update(status="ROLLBACK_SUCCESSFUL", finishedAt=time.time())
    entry = _entry(service, completed)
    if entry["status"] == "IN_PROGRESS":
        entry.update(
            status="SUCCESSFUL", statusReason=completed["rolloutStateReason"], finishedAt=time.time()
        )


def _entry(service: Record, deployment: Record) -> Record:
    return next(entry for entry in history_of(service) if entry["id"] == deployment["id"])


def _holds_up(task: Record) -> bool:
    return is_live(task) or task["lastStatus"] in LEAVING


def _set_state(deployment: Record, state: str, reason: str) -> None:
    deployment.update(rolloutState=state, rolloutStateReason=reason, updatedAt=time.time())

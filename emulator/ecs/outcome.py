"""Count a service's tasks that became healthy or failed, each once, and delay starts in a crash loop."""

import time

from emulator.ecs import deployments
from emulator.ecs.members import Record, is_healthy, tasks_of, tell

_FAILURES = ("EssentialContainerExited", "TaskFailedToStart")
_LONGEST_BACK_OFF_SECONDS = 30.0


def count(service: Record) -> None:
    """Count each task of the service for its deployment when it becomes healthy and when it fails."""
    for task in tasks_of(service):
        deployment = str(task.get("_deployment_id"))
        if not task.get("_was_healthy") and is_healthy(service, task):
            task["_was_healthy"] = True
            service["_failures"] = 0
            deployments.count_success(service, deployment)
        failed = task.get("stopCode") in _FAILURES or task.get("_failed_health")
        if failed and not task.get("_counted"):
            task["_counted"] = True
            _hold_back(service)
            deployments.count_failure(service, deployment)


def hold_back_longest(service: Record) -> None:
    """Delay the next start by the longest time."""
    service["_start_after"] = time.monotonic() + _LONGEST_BACK_OFF_SECONDS


def _hold_back(service: Record) -> None:
    """Delay the next start, longer after each failure; the first replacement starts at once."""
    failures = service["_failures"] = int(service.get("_failures", 0)) + 1
    pause = min(_LONGEST_BACK_OFF_SECONDS, 2.0 ** (failures - 3)) if failures > 1 else 0.0
    service["_start_after"] = time.monotonic() + pause
    if failures == deployments.threshold_of(service):
        tell(service, "is unable to consistently start tasks successfully.")

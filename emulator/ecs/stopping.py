"""Stop a task: drain its targets, stop its containers, record its end."""

import threading
import time
from collections.abc import Callable, Collection, Mapping

from ministack.core.concurrency import resource_lock
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import ecs, ecs_metadata

from emulator.ecs.members import Record, deregister, drain_seconds
from emulator.runtime.container import Container
from emulator.runtime.engine import Engine

_LOOK_SECONDS = 0.1


class Stopper:
    """Stops tasks, each in a thread of its own; `changed` is called after each change of a task's state."""

    def __init__(self, engine: Engine, changed: Callable[[], None]) -> None:
        self._engine = engine
        self._changed = changed

    def stop(self, task: Record, *, reason: str, code: str) -> None:
        """Begin to stop a task in ECS's order: deregister its targets, then SIGTERM, then SIGKILL."""
        if self._mark_leaving(task, reason, code):
            self._finish_later(task)

    def notice_end(self, task: Record) -> None:
        """Stop the task if an essential container has ended, or if it is unhealthy and of a service."""
        containers = self._containers(task)
        _record_health(task, containers)
        ended = {index: one for index, one in containers.items() if one.status == "exited"}
        for index, container in ended.items():
            _record_exit(task, index, container)
        essential = any(task["_container_essentials"][index] for index in ended)
        if essential and task["lastStatus"] == "RUNNING":
            self.stop(task, reason="Essential container in task exited", code="EssentialContainerExited")
        elif task["lastStatus"] == "RUNNING" and _is_sick_of_service(task):
            task["_failed_health"] = True
            self.stop(task, reason="Task failed container health checks", code="ServiceSchedulerInitiated")

    def _mark_leaving(self, task: Record, reason: str, code: str) -> bool:
        with resource_lock("ecs-task", task["taskArn"]):
            if task["desiredStatus"] == "STOPPED":
                return False
            task["version"] = int(task.get("version") or 1) + 1
            task.update(desiredStatus="STOPPED", stoppingAt=time.time(), stoppedReason=reason, stopCode=code)
            task["lastStatus"] = "DEACTIVATING"
        ecs_metadata.set_task_status(task["taskArn"], desired_status="STOPPED")
        self._changed()
        return True

    def _finish_later(self, task: Record) -> None:
        account, region = get_account_id(), get_region()

        def finish() -> None:
            with request_scope(account, region):
                self._finish(task)

        threading.Thread(target=finish, daemon=True, name=f"stop {task['taskArn'][-8:]}").start()

    def _finish(self, task: Record) -> None:
        containers = self._containers(task)
        self._drain(task, containers.values())
        self._set_status(task, "STOPPING")
        _stop_all(containers.values())
        for index, container in containers.items():
            _record_exit(task, index, container)
        self._set_status(task, "DEPROVISIONING")
        ecs._cleanup_task_resources(task, ecs._get_docker())
        with resource_lock("ecs-task", task["taskArn"]):
            now = time.time()
            task.update(lastStatus="STOPPED", stoppedAt=now, executionStoppedAt=now)
            for container_record in task.get("containers", []):
                container_record["lastStatus"] = "STOPPED"
        self._changed()

    def _drain(self, task: Record, containers: Collection[Container]) -> None:
        """Deregister the task's targets and wait for their delay, unless the task has ended already."""
        deregister(task)
        started = time.monotonic()
        while any(container.status == "running" for container in containers):
            if time.monotonic() - started >= drain_seconds(task):
                return
            time.sleep(_LOOK_SECONDS)

    def _containers(self, task: Record) -> dict[int, Container]:
        """Return the started containers by their position in the task definition."""
        with resource_lock("ecs-task", task["taskArn"]):
            started = list(task.get("_docker_ids") or [])
        return {index: found for index, one in enumerate(started) if (found := self._engine.find(one))}

    def _set_status(self, task: Record, status: str) -> None:
        with resource_lock("ecs-task", task["taskArn"]):
            task["version"] = int(task.get("version") or 1) + 1
            task["lastStatus"] = status
        ecs_metadata.set_task_status(task["taskArn"], known_status=status)
        self._changed()


def _stop_all(containers: Collection[Container]) -> None:
    stoppers = [threading.Thread(target=one.stop, args=(one.stop_seconds,)) for one in containers]
    for stopper in stoppers:
        stopper.start()
    for stopper in stoppers:
        stopper.join()


def _is_sick_of_service(task: Record) -> bool:
    """Return whether ECS would replace the task: it is unhealthy and of a service."""
    return task.get("healthStatus") == "UNHEALTHY" and str(task.get("group", "")).startswith("service:")


def _record_health(task: Record, containers: Mapping[int, Container]) -> None:
    """Record each container's health, and the task's: that of its essential containers with a check."""
    checked = {index: one.health for index, one in containers.items() if one.health}
    for index, health in checked.items():
        task["containers"][index]["healthStatus"] = health
    told = {health for index, health in checked.items() if task["_container_essentials"][index]}
    if told:
        sick = "UNHEALTHY" if "UNHEALTHY" in told else "UNKNOWN"
        task["healthStatus"] = "HEALTHY" if told == {"HEALTHY"} else sick
        task["_is_checked"] = True


def _record_exit(task: Record, index: int, container: Container) -> None:
    with resource_lock("ecs-task", task["taskArn"]):
        record = task["containers"][index]
        if record.get("exitCode") is None:
            record.update(lastStatus="STOPPED", exitCode=container.wait()["StatusCode"])
            if container.out_of_memory:
                record["reason"] = "OutOfMemoryError: Container killed due to memory usage"

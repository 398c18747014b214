"""A quota on Fargate's vCPUs, which ministack doesn't know."""

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ecs

from emulator.patching import wrap
from emulator.replies import Response, as_error

_UNITS = 1024


def fargate_vcpus(most: float | None) -> None:
    """Upstream starts any number of tasks; an account has a quota, and a task beyond it isn't placed."""

    def run(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        if most is not None and _used() + _wanted(data) > most * _UNITS:
            message = "You've reached the limit on the number of vCPUs you can run concurrently"
            return as_error("ClientException", message)
        return original(data)

    wrap(ecs, "_run_task", run)


def _used() -> int:
    return sum(int(task.get("cpu") or 0) for task in ecs._tasks.values() if task["lastStatus"] != "STOPPED")


def _wanted(data: Mapping[str, Any]) -> int:
    """Return the CPU units that a call asks for."""
    definition = ecs._task_defs.get(ecs._resolve_td_key(data.get("taskDefinition", ""))) or {}
    return int(data.get("count", 1)) * int(definition.get("cpu") or 0)

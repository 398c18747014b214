"""ECS Exec: ministack has the API call, but no session."""

import json
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import ecs

from emulator.patching import wrap
from emulator.replies import Response, as_error, as_json
from emulator.runtime.specification import CannotStart

_NOT_ENABLED = (
    "The execute command failed because execute command was not enabled when the task was run or the execute "
    "command agent isn't running. Wait and try again or run a new task with execute command enabled and try "
    "again."
)


def execute_command() -> None:
    """Upstream opens a session in any task, at an address where nobody listens.

    Here the session's token contains how to run the command. On AWS the token is for Session Manager.
    """

    def execute(original: Callable[..., Response], data: Mapping[str, Any]) -> Response:
        answer = original(data)
        if answer[0] != 200:
            return answer
        opened = json.loads(answer[2])
        task = ecs._resolve_task(data["task"], ecs._resolve_cluster_name(data.get("cluster", "default")))
        named = (each for each in task["containers"] if each["name"] == opened["containerName"])
        running = next((each for each in named if each["lastStatus"] == "RUNNING"), None)
        if running is None or not _is_enabled(task):
            return as_error("InvalidParameterException", _NOT_ENABLED)
        container = ecs._get_docker().containers.get(running["runtimeId"])
        try:
            session = container.inside.session(shlex.split(data["command"]))
        except CannotStart as error:
            return as_error("InvalidParameterException", f"unable to start command: {error}")
        opened["session"] |= {"streamUrl": "sandbox:", "tokenValue": json.dumps(session)}
        return as_json(opened)

    wrap(ecs, "_execute_command", execute)


def _is_enabled(task: Mapping[str, Any]) -> bool:
    """Return the task's setting; a service's tasks have that of the service."""
    return bool(task.get("enableExecuteCommand"))

"""The status and the log of a sandbox."""

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from wrapper.sandbox import launch, proc
from wrapper.sandbox.environment import Environment
from wrapper.sandbox.lifecycle import find
from wrapper.sandbox.place import Place
from wrapper.sandbox.record import Sandbox


@dataclass(frozen=True, kw_only=True)
class Status:
    """The status of a running sandbox: `tasks` counts processes, `memory_mib` is the emulator's memory."""

    sandbox: Sandbox
    answers: bool
    tasks: int
    memory_mib: int


def status(environment: Environment, *, root: Path) -> Status | None:
    """Return the status of the environment's sandbox; None if none runs."""
    running = find(environment, root=root)
    if running is None:
        return None
    tasks = set(proc.marked(running.mark)) - {running.pid}
    return Status(
        sandbox=running,
        answers=launch.answers(running.endpoint_url, running.mark),
        tasks=len(tasks),
        memory_mib=proc.memory_mib([running.pid]),
    )


def logs(environment: Environment, *, root: Path, lines: int = 100) -> list[str]:
    """Return the last lines of the emulator's log, even if it no longer runs; none without a log."""
    path = Place(root=root, environment=environment.name).log
    if not path.is_file():
        return []
    with path.open(errors="replace") as file:
        return [line.rstrip("\n") for line in deque(file, maxlen=lines)]

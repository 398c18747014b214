"""Find processes by a sandbox's mark or by a port, and stop them."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress

import psutil

# A variable in the environment of every process of a sandbox: the emulator and, from it, the tasks.
MARK = "WRAPPER_SANDBOX"
_COMMAND_LENGTH = 80


def mark_of(pid: int) -> str | None:
    """Return the sandbox mark of a process; None if it has none, is gone, a zombie or another user's."""
    with suppress(psutil.Error):
        return psutil.Process(pid).environ().get(MARK)
    return None


def is_dying(pid: int) -> bool:
    """Return whether the kernel has freed the process's memory, but not yet its files."""
    with suppress(psutil.Error):
        return not psutil.Process(pid).environ()
    return False


def marked(prefix: str) -> list[int]:
    """Return the ids of all processes whose mark begins with `prefix`, even if their parents have ended."""
    return [pid for pid in psutil.pids() if (mark_of(pid) or "").startswith(prefix)]


def end(pids: Iterable[int], *, seconds: float) -> None:
    """Send SIGTERM to the processes, and kill those that still run after `seconds`."""
    remaining = list(pids)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in remaining:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        remaining = wait_gone(remaining, seconds=seconds)


def wait_gone(pids: Iterable[int], *, seconds: float) -> list[int]:
    """Wait until the processes have ended; return those that still run after `seconds`."""
    deadline = time.monotonic() + seconds
    remaining = [pid for pid in pids if is_running(pid)]
    while remaining and time.monotonic() < deadline:
        time.sleep(0.02)
        remaining = [pid for pid in remaining if is_running(pid)]
    return remaining


def is_running(pid: int) -> bool:
    """Return whether the process runs. Zombies don't count, and a child that has ended is reaped."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    with suppress(psutil.Error):
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    return False


def memory_mib(pids: Iterable[int]) -> int:
    """Return the processes' resident memory in MiB; shared memory counts once for each."""
    held = 0
    for pid in pids:
        with suppress(psutil.Error):
            held += psutil.Process(pid).memory_info().rss
    return held // 2**20


def holder_of_port(port: int) -> str | None:
    """Describe the process that has a TCP port; None if there is none or it belongs to another user.

    A process that listens on the port is preferred to one with a connection from it.
    """
    found = [
        connection
        for connection in psutil.net_connections("tcp")
        if getattr(connection.laddr, "port", None) == port and connection.pid
    ]
    found.sort(key=lambda connection: connection.status != psutil.CONN_LISTEN)
    return f"process {found[0].pid} ({_command(int(found[0].pid or 0))})" if found else None


def _command(pid: int) -> str:
    with suppress(psutil.Error):
        return " ".join(psutil.Process(pid).cmdline())[:_COMMAND_LENGTH]
    return "?"

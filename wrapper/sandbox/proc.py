"""Processes: who carries a sandbox's mark, who holds a port, how to end them."""

import os
import signal
import time
from collections.abc import Iterable
from contextlib import suppress

import psutil

# Every process of a sandbox carries it, with the sandbox's mark as its value; tasks get it by the emulator.
MARK = "WRAPPER_SANDBOX"
_COMMAND_LENGTH = 80


def mark_of(pid: int) -> str | None:
    """Return the sandbox mark of a process; None if it has none, is gone, a zombie or another user's."""
    with suppress(psutil.Error):
        return psutil.Process(pid).environ().get(MARK)
    return None


def is_dying(pid: int) -> bool:
    """Say whether the process has lost its memory, and not yet its files."""
    with suppress(psutil.Error):
        return not psutil.Process(pid).environ()
    return False


def marked(prefix: str) -> list[int]:
    """List the processes whose mark begins with `prefix`, whatever became of their parents."""
    return [pid for pid in psutil.pids() if (mark_of(pid) or "").startswith(prefix)]


def end(pids: Iterable[int], *, seconds: float) -> None:
    """Ask the processes to stop and kill those that are still there after `seconds`."""
    remaining = list(pids)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in remaining:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        remaining = wait_gone(remaining, seconds=seconds)


def wait_gone(pids: Iterable[int], *, seconds: float) -> list[int]:
    """Wait until the processes are gone; return those that aren't after `seconds`."""
    deadline = time.monotonic() + seconds
    remaining = [pid for pid in pids if is_running(pid)]
    while remaining and time.monotonic() < deadline:
        time.sleep(0.02)
        remaining = [pid for pid in remaining if is_running(pid)]
    return remaining


def is_running(pid: int) -> bool:
    """Say whether the process runs; a child of ours that ended is reaped, a zombie doesn't count."""
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    with suppress(psutil.Error):
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    return False


def memory_mib(pids: Iterable[int]) -> int:
    """Return how much memory the processes hold together, in MiB; what they share counts for each."""
    held = 0
    for pid in pids:
        with suppress(psutil.Error):
            held += psutil.Process(pid).memory_info().rss
    return held // 2**20


def holder_of_port(port: int) -> str | None:
    """Describe the process that has a TCP port; None if there is none or it isn't ours to see.

    A process that listens comes before one that is only connected from there, as any program may be.
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

"""Processes as Linux's /proc shows them: who carries a sandbox's mark, who holds a port, how to end them."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

MARK = "WRAPPER_SANDBOX"
_LISTENING = "0A"
_GONE = (ProcessLookupError, FileNotFoundError, PermissionError)


def mark_of(pid: int) -> str | None:
    """Return the sandbox mark of a process; None if it has none, is gone, a zombie or another user's."""
    with suppress(*_GONE):
        for entry in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            name, _, value = entry.partition(b"=")
            if name == MARK.encode():
                return os.fsdecode(value)
    return None


def marked(prefix: str) -> list[int]:
    """List the processes whose mark begins with `prefix`, whatever became of their parents."""
    return [pid for pid in _pids() if (mark_of(pid) or "").startswith(prefix)]


def end(pids: Iterable[int], *, seconds: float) -> None:
    """Ask the processes to stop and kill those that are still there after `seconds`."""
    remaining = list(pids)
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in remaining:
            with suppress(*_GONE):
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
    with suppress(*_GONE):
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state not in "ZX"
    return False


def memory_mib(pids: Iterable[int]) -> int:
    """Return how much memory the processes hold together, in MiB; what they share counts for each."""
    pages = 0
    for pid in pids:
        with suppress(*_GONE):
            pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 2**20


def holder_of_port(port: int) -> str | None:
    """Describe the process that listens on a TCP port; None if there is none or it isn't ours to see."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port)}
    for pid in _pids() if sockets else ():
        if sockets & set(_open_files(pid)):
            return f"process {pid} ({_command(pid)})"
    return None


def _listening(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(*_GONE):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _open_files(pid: int) -> Iterator[str]:
    with suppress(*_GONE):
        for entry in os.scandir(f"/proc/{pid}/fd"):
            with suppress(*_GONE):
                yield os.readlink(entry.path)  # noqa: PTH115 - a Path per open file would be slow


def _command(pid: int) -> str:
    with suppress(*_GONE):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return os.fsdecode(b" ".join(words)).strip()[:80]
    return "?"


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208 - names only

"""A server's process and its children: started on cores of its own, measured, and stopped by their ids."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process that was started here; `log` contains all that it printed."""

    popen: "subprocess.Popen[bytes]"
    log: Path

    @property
    def pids(self) -> list[int]:
        return [self.popen.pid, *_descendants(self.popen.pid)]

    @property
    def cpu_seconds(self) -> float:
        """User and system time of the whole tree so far."""
        return sum(_cpu_seconds(pid) for pid in self.pids)

    @property
    def pss_bytes(self) -> int:
        """Proportional set size of the whole tree: a page that n processes map counts 1/n for each."""
        return sum(_pss_bytes(pid) for pid in self.pids)

    def terminate(self) -> None:
        self.popen.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """SIGTERM, ten seconds, then SIGKILL for it and whatever it left behind."""
        children = {pid: _started_at(pid) for pid in self.pids[1:]}
        self.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(10)
        self.popen.kill()
        self.popen.wait()
        for pid, moment in children.items():
            # Its number may belong to another process by now.
            if moment is not None and _started_at(pid) == moment:
                os.kill(pid, signal.SIGKILL)


@contextlib.contextmanager
def started(
    command: Sequence[str], *, environment: Mapping[str, str], core: int | None, log: Path
) -> Iterator[Process]:
    """Run a command, pinned to one core before it begins (libraries count cores at import)."""
    pinned = [] if core is None else ["taskset", "-c", str(core)]
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        popen = subprocess.Popen(
            [*pinned, *command],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOME": str(log.parent), "PYTHONPATH": str(ROOT), **environment},
            stdout=output,
            stderr=output,
        )
    process = Process(popen=popen, log=log)
    try:
        yield process
    finally:
        process.stop()


def unwind_on_sigterm() -> None:
    """Leave through all `with` blocks on SIGTERM too, so that no server outlives the benchmark."""

    def leave(_: int, __: FrameType | None) -> None:
        sys.exit(143)

    signal.signal(signal.SIGTERM, leave)


def wait(process: Process, ready: Callable[[], bool], *, seconds: float = 120) -> None:
    """Wait until `ready`, or raise RuntimeError with the log's end."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.popen.poll() is not None or time.monotonic() > deadline:
            tail = process.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{process.log.stem} did not come up: exit {process.popen.poll()}\n{tail}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found


def _cpu_seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICKS if fields else 0.0


def _started_at(pid: int) -> int | None:
    """Return the ticks from the machine's start to the process's; None if it has ended."""
    fields = _stat(pid)
    return int(fields[19]) if fields else None


def _stat(pid: int) -> list[str]:
    """Return fields 3 and on of /proc/<pid>/stat; the one before, in parentheses, may contain spaces."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return []


def _pss_bytes(pid: int) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) * 1024 if found else 0
    return 0

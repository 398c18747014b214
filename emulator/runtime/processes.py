"""Memory and CPU time of a process and its descendants, from /proc; an ended one counts as 0."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_GONE = (FileNotFoundError, ProcessLookupError)
_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the program's name: utime, stime, cutime, cstime.
_CPU_TIMES = slice(11, 15)


def family(pid: int) -> Iterator[int]:
    """Yield the ids of a process and its descendants."""
    yield pid
    with suppress(*_GONE):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(*_GONE):
                for child in (thread / "children").read_text().split():
                    yield from family(int(child))


def kib(pid: int, file: str, field: str) -> int:
    """Return a field, in KiB, of a file in /proc/<pid>; 0 if the process has ended."""
    with suppress(*_GONE):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1])
    return 0


def memory_mib(pid: int) -> float:
    """Return the anonymous memory of a process and its descendants, in MiB."""
    return sum(kib(member, "status", "RssAnon:") for member in family(pid)) / 1024


def cpu_seconds(pid: int) -> float:
    """Return the CPU seconds that a process and its descendants have used so far."""
    return sum(map(_cpu_seconds, family(pid)))


def _cpu_seconds(pid: int) -> float:
    with suppress(*_GONE):
        # The program's name may contain any character, such as brackets and spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[_CPU_TIMES])) / _TICKS
    return 0.0

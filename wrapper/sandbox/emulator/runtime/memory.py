"""A container's memory limit, watched rather than enforced: over it, the container is killed."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from wrapper.sandbox.emulator.runtime.container import Container

_LOOK_SECONDS = 0.25
_GONE = (FileNotFoundError, ProcessLookupError)


def watch(containers: Callable[[], Iterable[Container]]) -> None:
    """Look for containers over their limit, for ever."""
    while True:
        for container in containers():
            limit = container.memory_mib
            if limit and container.status == "running" and anonymous_mib(container.pid) > limit:
                container.out_of_memory = True
                container.kill()
        time.sleep(_LOOK_SECONDS)


def anonymous_mib(pid: int) -> float:
    """Return how much memory of their own a process and its descendants hold, in MiB.

    Mapped files don't count: the page cache can take them back, and processes share them.
    """
    return sum(_anonymous_kib(member) for member in _family(pid)) / 1024


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(*_GONE):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with suppress(*_GONE):
                for child in (thread / "children").read_text().split():
                    yield from _family(int(child))


def _anonymous_kib(pid: int) -> int:
    with suppress(*_GONE):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
    return 0

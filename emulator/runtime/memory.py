"""Watch containers' memory, and kill those over their limit; the kernel does not enforce it here."""

import time
from collections.abc import Callable, Iterable

from emulator.runtime.container import Container
from emulator.runtime.processes import family, kib

_LOOK_SECONDS = 0.25


def watch(containers: Callable[[], Iterable[Container]]) -> None:
    """Kill containers over their limit; never returns."""
    while True:
        for container in containers():
            limit = container.memory_mib
            if limit and container.status == "running" and exceeds(container.pid, limit):
                container.out_of_memory = True
                container.kill()
        time.sleep(_LOOK_SECONDS)


def exceeds(pid: int, limit_mib: int) -> bool:
    """Return whether a process and its descendants have more memory of their own than the limit, in MiB.

    Mapped files don't count, since the page cache can free them. Memory that is shared since a fork counts
    once. That is slow to measure, so it is measured only if the quick sum is over the limit.
    """
    members = list(family(pid))
    return all(
        sum(kib(member, *place) for member in members) > limit_mib * 1024
        for place in (("status", "RssAnon:"), ("smaps_rollup", "Pss_Anon:"))
    )

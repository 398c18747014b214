"""A container's memory limit, watched rather than enforced: over it, the container is killed."""

import time
from collections.abc import Callable, Iterable

from emulator.runtime.container import Container
from emulator.runtime.processes import family, kib

_LOOK_SECONDS = 0.25


def watch(containers: Callable[[], Iterable[Container]]) -> None:
    """Search for containers over their limit, without end."""
    while True:
        for container in containers():
            limit = container.memory_mib
            if limit and container.status == "running" and exceeds(container.pid, limit):
                container.out_of_memory = True
                container.kill()
        time.sleep(_LOOK_SECONDS)


def exceeds(pid: int, limit_mib: int) -> bool:
    """Say whether a process and its descendants hold more memory of their own than the limit.

    Mapped files don't count: the page cache can take them back. What is shared since a fork counts once;
    that takes longer to find out, so it is asked only when the quick sum is over the limit.
    """
    members = list(family(pid))
    return all(
        sum(kib(member, *place) for member in members) > limit_mib * 1024
        for place in (("status", "RssAnon:"), ("smaps_rollup", "Pss_Anon:"))
    )

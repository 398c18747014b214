"""Which core serves, and which makes the load."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

SERVER, GENERATOR = sorted(os.sched_getaffinity(0))[:2] if len(os.sched_getaffinity(0)) > 1 else (0, 0)


@contextmanager
def on(core: int) -> Iterator[None]:
    """Run this process on one core for a while."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)

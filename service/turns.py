"""What costs milliseconds gets a thread of its own: one piece of work at a time, and few that wait."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

# With a body of 160 KiB each, 5 MiB.
MAX_WAITING = 32
_NICENESS = 10


class Busy(Exception):
    """As many wait as may; try again later."""


class Turns:
    """A thread that gives way to the event loop's, so that answers of microseconds are not kept waiting."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, initializer=_give_way)
        self._waiting = 0

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Hold a place from before the body is read until the answer is there, or raise Busy."""
        if self._waiting >= MAX_WAITING:
            raise Busy
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)


def _give_way() -> None:
    """Let the system prefer the other threads: Linux takes a thread's number for a process's here."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)

"""A bounded worker: one thread for requests that take milliseconds, and a limit on how many may wait."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")

# Each may hold a body of 160 KiB: 5 MiB together.
MAX_WAITING = 32
_NICENESS = 10


class QueueFull(Exception):
    """MAX_WAITING requests wait already; the client should try again later."""


class Worker:
    """A thread of lower priority than the event loop's, so that answers of microseconds are not delayed."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, initializer=_lower_priority)
        self._waiting = 0

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Take a place in the queue, from before the body is read until its answer exists.

        Raises QueueFull.
        """
        if self._waiting >= MAX_WAITING:
            raise QueueFull
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1

    async def run(self, work: Callable[..., T], *arguments: object) -> T:
        """Return what `work(*arguments)` returns in the thread, once the work before it is done."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)


def _lower_priority() -> None:
    """Lower this thread's priority alone: Linux accepts a thread's id in place of a process's."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)

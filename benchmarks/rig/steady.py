"""Requests at a steady rate in the background, each with the moment it was sent and how it ended."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from benchmarks.rig.open_loop import BrokenError, Client

RATE = 200
USERS = 600
# The number of requests in flight. If a busy machine can't answer so many, fewer are sent: a growing backlog
# would leave the machine no time for what is tested.
_TOGETHER = 64
# A sender that was late sends this much of what it missed, not all of it.
_LATE_SECONDS = 1.0

# Given the user, the status and the body of an answer, return what is wrong with it, or "".
Judge = Callable[[int, int, bytes], str]


@dataclass(frozen=True)
class Sent:
    """Seconds of `time.monotonic`; `trouble` is empty for a good answer."""

    began: float
    ended: float
    trouble: str


def recommended(_: int, status: int, body: bytes) -> str:
    """A 200 with a list of recommendations is a good answer."""
    return "" if status == 200 and b'"success":true' in body else f"{status}: {body[:80]!r}"


@dataclass
class Load:
    """Send this many requests a second to a port, for hosts in turn, while in the `with` block."""

    port: int
    hosts: Sequence[str] = ("127.0.0.1",)
    per_second: int = RATE
    judge: Judge = recommended
    sent: list[Sent] = field(default_factory=list)

    def __enter__(self) -> "Load":
        self._over = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Send no more, and wait for the answers that are still to come."""
        self._over.set()
        self._thread.join()

    @property
    def failed(self) -> Sequence[Sent]:
        return [each for each in self.sent if each.trouble]

    @property
    def rate(self) -> float:
        """Return the requests a second that were really sent."""
        began = [each.began for each in self.sent]
        return len(began) / (max(began) - min(began))

    async def _run(self) -> None:
        client = Client([self.port])
        room = asyncio.Semaphore(_TOGETHER)
        due, number = time.monotonic(), 0
        async with asyncio.TaskGroup() as tasks:
            while not self._over.is_set():
                await room.acquire()
                tasks.create_task(self._ask(client, number)).add_done_callback(lambda _: room.release())
                due, number = max(due + 1 / self.per_second, time.monotonic() - _LATE_SECONDS), number + 1
                await asyncio.sleep(max(0.0, due - time.monotonic()))
        client.close()

    async def _ask(self, client: Client, number: int) -> None:
        host, uid = self.hosts[number % len(self.hosts)], number % USERS + 1
        request = f"GET /?uid={uid} HTTP/1.1\r\nHost: {host}:{self.port}\r\n\r\n".encode()
        began = time.monotonic()
        try:
            trouble = self.judge(uid, *await client.ask(request))
        except (BrokenError, OSError, TimeoutError) as error:
            trouble = f"{type(error).__name__}: {error}"
        self.sent.append(Sent(began, time.monotonic(), f"{host} {trouble}" if trouble else ""))

"""Requests at a fixed rate: an arrival never waits for an earlier answer.

A latency counts from the moment the request was due, not from when it could be sent, so a server that stalls
pays for everybody it kept waiting (no coordinated omission).
"""

import asyncio
import gc
import random
import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_MAX_CONNECTIONS = 256
_ANSWER_SECONDS = 30.0
# A connection that was idle for longer may be closed by the server just when it is used again.
_REST_SECONDS = 30.0
# asyncio's timers are a millisecond coarse; the last moments before a request are spent in a loop.
_LOOK_SECONDS = 0.002

Check = Callable[[int, bytes], bool]


@dataclass
class Outcome:
    """Seconds per answered request, and a sentence per failed one."""

    latencies: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class BrokenError(Exception):
    """A request was sent, and no complete answer came back."""


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one request in flight."""

    def __init__(self) -> None:
        self.usable, self.used = True, time.monotonic()
        self._buffer = b""
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not separator or length is None or len(body) < int(length[1]):
            return
        self._buffer = b""
        if _CLOSE.search(head):
            self.close()
        if self._answer is not None:
            answer, self._answer = self._answer, None
            answer.set_result((int(head[9:12]), body))

    def connection_lost(self, _: Exception | None) -> None:
        self.usable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(BrokenError("the connection ended before the answer"))

    def close(self) -> None:
        self.usable = False
        self._transport.close()


class Client:
    """Sends to `ports` in turn; one that refuses connections is skipped, as by a load balancer."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ports = list(ports)
        self._idle: dict[int, deque[Connection]] = {}
        self._turn = 0
        self._limit = asyncio.Semaphore(_MAX_CONNECTIONS)

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Return status and body, or raise BrokenError."""
        async with self._limit:
            port, connection = await self._connection()
            async with asyncio.timeout(_ANSWER_SECONDS):
                answer = await connection.ask(request)
            if connection.usable:
                connection.used = time.monotonic()
                self._idle.setdefault(port, deque()).append(connection)
            return answer

    async def _connection(self) -> tuple[int, Connection]:
        for _ in range(len(self.ports)):
            port = self.ports[self._turn % len(self.ports)]
            self._turn += 1
            idle = self._idle.get(port, deque())
            while idle:
                connection = idle.pop()
                if connection.usable and time.monotonic() - connection.used < _REST_SECONDS:
                    return port, connection
                connection.close()
            try:
                _, connection = await asyncio.get_running_loop().create_connection(
                    Connection, "127.0.0.1", port
                )
            except ConnectionRefusedError:
                continue
            return port, connection
        raise BrokenError("no server accepts connections")

    def close(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()


async def arrive(
    client: Client,
    requests: Sequence[bytes],
    *,
    rate: float,
    until: Callable[[], bool],
    check: Check,
    seed: int = 0,
    look_seconds: float = _LOOK_SECONDS,
) -> Outcome:
    """Send requests, taken in turn, at random (Poisson) times; `check` gets a request's number and body.

    The last `look_seconds` before each are spent in a loop, which takes a whole core from 400 a second on:
    give 0 if the loaded server needs that core more than the figures need the millisecond.
    """
    loop = asyncio.get_running_loop()
    clock, outcome, rng = loop.time, Outcome(), random.Random(seed)
    tasks: set[asyncio.Task[None]] = set()

    async def one(number: int, due: float) -> None:
        try:
            status, body = await client.ask(requests[number % len(requests)])
        except (BrokenError, OSError, TimeoutError) as error:
            outcome.failures.append(f"{type(error).__name__}: {error}")
            return
        outcome.latencies.append(clock() - due)
        if status != 200 or not check(number % len(requests), body):
            outcome.failures.append(f"{status}: {body[:200]!r}")

    gc.collect()
    gc.disable()
    try:
        number, due = 0, clock() + 0.1
        while not until():
            if (early := due - clock()) > look_seconds:
                await asyncio.sleep(early - look_seconds)
            while clock() < due:
                await asyncio.sleep(0)
            task = asyncio.create_task(one(number, due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            number, due = number + 1, due + rng.expovariate(rate)
        await asyncio.gather(*tasks)
    finally:
        gc.enable()
    return outcome

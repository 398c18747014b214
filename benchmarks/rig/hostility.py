"""Clients that send a server their worst, until they are ended; each kind is a coroutine, many times over.

    python -m benchmarks.rig.hostility KIND PORT

A connection that the server ends is opened again at once.
"""

import asyncio
import json
import re
import resource
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD = b"GET /?uid=1 HTTP/1.1\r\nHost: x\r\n"
# Nearly as many as the server accepts.
_BODY_BYTES = 160_000


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What `clients` clients do at the same time, again and again."""

    client: Client
    clients: int


def _posted(body: bytes) -> bytes:
    head = b"POST /v1/recommendations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _asking(request: bytes) -> Client:
    """Send, wait for the answer, send again."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(request)
            await writer.drain()
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            await reader.readexactly(int(length[1]) if length else 0)

    return client


def _pouring(first: bytes, then: bytes, *, pause: float = 0.0) -> Client:
    """Send the first thing, then the other endlessly, and read nothing."""

    async def client(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while True:
            writer.write(then)
            await writer.drain()
            if pause:
                await asyncio.sleep(pause)

    return client


async def _waiting(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read(1)


def _unknown_keys() -> bytes:
    keys = ",".join(f'"{key}":1' for key in range(_BODY_BYTES // 10))
    return f'{{"items":["1"],{keys}}}'.encode()[: _BODY_BYTES - 7].rpartition(b",")[0] + b"}"


def _fold_in() -> bytes:
    return json.dumps({"items": [str(row) for row in range(1, 1001)], "n": 100}).encode()


KINDS: Mapping[str, Kind] = {
    "unknown keys": Kind(client=_asking(_posted(_unknown_keys())), clients=4),
    "wrong items": Kind(client=_asking(_posted(b'{"items":[' + b"1," * 79_000 + b"1]}")), clients=4),
    "nested bodies": Kind(client=_asking(_posted(b'{"items":[' + b"[]," * 53_000 + b"[]]}")), clients=4),
    "parameters": Kind(
        client=_asking(b"GET /?" + b"%6e=1&" * 1300 + b" HTTP/1.1\r\nHost: x\r\n\r\n"), clients=8
    ),
    "fold-ins": Kind(client=_asking(_posted(_fold_in())), clients=40),
    "many headers": Kind(client=_asking(_HEAD + b"a:b\r\n" * 12_000 + b"\r\n"), clients=8),
    "endless heads": Kind(client=_pouring(_HEAD + b"a: ", b"b" * 65_536), clients=4),
    "slow heads": Kind(client=_pouring(_HEAD + b"a: ", b"b", pause=1.0), clients=900),
    "slow bodies": Kind(client=_pouring(_posted(b"")[:-5] + b"160000\r\n\r\n", b" ", pause=1.0), clients=900),
    "open connections": Kind(client=_waiting, clients=4000),
    "pipelined": Kind(client=_pouring(b"", (_HEAD + b"\r\n") * 5000), clients=4),
    "endless bodies": Kind(
        client=_pouring(_HEAD + b"Content-Length: 999999999\r\n\r\n", b"x" * 65_536), clients=4
    ),
    "chunked bodies": Kind(
        client=_pouring(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 10_000), clients=4
    ),
    "answers not taken": Kind(
        client=_pouring(b"", b"GET /?uid=1&n=100 HTTP/1.1\r\nHost: x\r\n\r\n", pause=0.05), clients=100
    ),
}


async def press(kind: Kind, port: int) -> None:
    """Start all clients of a kind."""

    async def one() -> None:
        while True:
            with suppress(OSError, EOFError, asyncio.LimitOverrunError):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                try:
                    await kind.client(reader, writer)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(0)

    await asyncio.gather(*(one() for _ in range(kind.clients)))


def main() -> int:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(press(KINDS[sys.argv[1]], int(sys.argv[2])))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Join a task's network to this machine's: `relay.py ADDRESS WAY...`, begun inside the task's network.

The network has nothing in it but its own loopback, so that nothing can leave the machine. A WAY is `PORT=FD`,
a bound socket of this machine's whose callers are connected to ADDRESS at the port inside, or `PORT=/PATH`:
callers of 127.0.0.1 at the port inside are connected to the socket that is a file, which reaches across
networks.

A door to the inside is open while somebody listens there at ADDRESS or at every address: what listens on
127.0.0.1 alone is out of reach, as it is on AWS.

Runs by file name, with nothing but Python.
"""

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, Container, Iterator
from contextlib import suppress
from pathlib import Path

_CHUNK = 64 * 1024
_LOOK_SECONDS = 0.03
_LISTENING = "0A"
# What the kernel's tables call every address: of IPv4, of IPv6.
_EVERYWHERE = ("0" * 8, "0" * 32)
_MAPPED = "0000000000000000FFFF0000"
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Answer = Callable[[Reader, Writer], Awaitable[None]]


def main() -> None:
    address, *ways = sys.argv[1:]
    asyncio.run(_serve(address, [(int(port), end) for port, _, end in (way.partition("=") for way in ways)]))


async def _serve(address: str, ways: list[tuple[int, str]]) -> None:
    out = [(port, path) for port, path in ways if path.startswith("/")]
    servers = [await asyncio.start_server(_to_socket(path), "127.0.0.1", port) for port, path in out]
    print("ready", flush=True)
    doors = [
        Door(address, port, socket.socket(fileno=int(end))) for port, end in ways if not end.startswith("/")
    ]
    while doors or servers:
        listening = listeners(address) if doors else {}
        for door in doors:
            await door.follow(listening)
        await asyncio.sleep(_LOOK_SECONDS)


class Door:
    """A port of the task's address, open while somebody listens at it inside."""

    def __init__(self, address: str, port: int, bound: socket.socket) -> None:
        self._port = port
        self._bound = bound
        self._answer = _to_port(address, port)
        self._server: asyncio.Server | None = None

    async def follow(self, listening: Container[int]) -> None:
        if self._port in listening and self._server is None:
            self._server = await asyncio.start_server(self._answer, sock=self._bound.dup())
        elif self._port not in listening and self._server:
            self._server.close()
            self._server = None
            self._bound.shutdown(socket.SHUT_RD)  # keeps its port, and refuses callers


def listeners(address: str) -> dict[int, str]:
    """Return the ports at which callers of the address are heard, each with the inode of the socket.

    One that listens at the very address goes before one that listens at all.
    """
    own = socket.inet_aton(address)[::-1].hex().upper()
    found: dict[int, str] = {}
    for names in (_EVERYWHERE, (own, _MAPPED + own)):
        found |= {port: inode for name, port, inode in _table() if name in names}
    return found


def _table() -> Iterator[tuple[str, int, str]]:
    """Yield address, port and inode of each listening socket, as the kernel writes them."""
    for table in ("tcp", "tcp6"):
        with suppress(FileNotFoundError):
            for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
                _, local, _, state, _, _, _, _, _, inode, *_ = line.split()
                name, _, port = local.partition(":")
                if state == _LISTENING:
                    yield name, int(port, 16), inode


def _to_port(address: str, port: int) -> Answer:
    async def connect(reader: Reader, writer: Writer) -> None:
        await join(reader, writer, asyncio.open_connection(address, port))

    return connect


def _to_socket(path: str) -> Answer:
    async def connect(reader: Reader, writer: Writer) -> None:
        await join(reader, writer, asyncio.open_unix_connection(path))

    return connect


async def join(reader: Reader, writer: Writer, connecting: Awaitable[tuple[Reader, Writer]]) -> None:
    """Copy both ways until both ends have closed; an end that nobody listens at closes the other."""
    try:
        far_reader, far_writer = await connecting
    except OSError:
        writer.transport.abort()  # a reset, as from a port that is closed
        return
    await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
    for each in (writer, far_writer):
        each.close()


async def _copy(reader: Reader, writer: Writer) -> None:
    with suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    with suppress(OSError, RuntimeError):
        writer.write_eof()


if __name__ == "__main__":
    main()

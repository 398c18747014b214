"""Relay connections between a task's network and this machine's: `relay.py ADDRESS WAY...`.

It runs inside the task's network, which has only a loopback interface, so that nothing can leave the
machine. A WAY is one of:

- `PORT=FD`: FD is a bound socket of this machine, whose callers are connected to ADDRESS:PORT inside.
- `PORT=NAME`: callers of 127.0.0.1:PORT inside are connected to the Unix socket NAME in the working folder,
  because Unix sockets can be reached from every network.

A port is open to the outside while a program listens on it inside, at ADDRESS or at every address. A program
that listens on 127.0.0.1 alone can't be reached, as on AWS.

It is run by its file name, and imports only the standard library.
"""

import asyncio
import socket
import struct
import sys
import time
from collections.abc import Awaitable, Callable, Container, Iterator
from contextlib import suppress
from functools import partial

_CHUNK = 64 * 1024
# The intervals at which the listening sockets are read: while a program starts, and later.
_EAGER_SECONDS, _CALM_SECONDS = 0.03, 0.5
_START_SECONDS = 30
# The wildcard addresses of IPv4 and IPv6, and IPv6's prefix for addresses of IPv4.
_EVERYWHERE = (bytes(4), bytes(16))
_MAPPED = bytes(10) + b"\xff\xff"
# The kernel's sock_diag: the numbers of its protocol, and its messages with the fields that are used.
_SOCK_DIAG, _BY_FAMILY, _DUMP, _ERROR, _DONE, _LISTEN = 4, 20, 0x301, 2, 3, 10
_HEADER = struct.Struct("=IHHII")  # length, kind, flags, number, sender
_WANTED = struct.Struct("=BBBBI48s")  # family, protocol, extensions, padding, states, socket
_FOUND = struct.Struct("=4x2s2x16s44xI")  # port, address, inode
_NUMBER = struct.Struct("=i")
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Answer = Callable[[Reader, Writer], Awaitable[None]]
# As many callers may wait as with uvicorn. Another one repeats its SYN, after a second at the earliest.
start_server = partial(asyncio.start_server, backlog=2048)


def main() -> None:
    address, *ways = sys.argv[1:]
    listeners(address)  # fail now if the kernel does not support it
    asyncio.run(_serve(address, [(int(port), end) for port, _, end in (way.partition("=") for way in ways)]))


async def _serve(address: str, ways: list[tuple[int, str]]) -> None:
    out = [(port, end) for port, end in ways if not end.isdigit()]
    servers = [await start_server(_to_socket(path), "127.0.0.1", port) for port, path in out]
    print("ready", flush=True)
    doors = [Door(address, port, socket.socket(fileno=int(end))) for port, end in ways if end.isdigit()]
    started = time.monotonic()
    while doors or servers:
        listening = listeners(address) if doors else {}
        for door in doors:
            await door.follow(listening)
        is_starting = time.monotonic() - started < _START_SECONDS and not all(door.is_open for door in doors)
        await asyncio.sleep(_EAGER_SECONDS if is_starting else _CALM_SECONDS)


class Door:
    """A port of the task's address on this machine, open while a program listens on it inside."""

    def __init__(self, address: str, port: int, bound: socket.socket) -> None:
        self._address = address
        self._port = port
        self._bound = bound
        self._server: asyncio.Server | None = None

    @property
    def is_open(self) -> bool:
        return self._server is not None

    async def follow(self, listening: Container[int]) -> None:
        if self._port not in listening:
            self._close()
        elif self._server is None:
            self._server = await start_server(self._answer, sock=self._bound.dup())

    async def _answer(self, reader: Reader, writer: Writer) -> None:
        connecting = asyncio.open_connection(self._address, self._port)
        await join(reader, writer, connecting, refused=self._close)

    def _close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
            self._bound.shutdown(socket.SHUT_RD)  # refuses callers, but keeps the port


def listeners(address: str) -> dict[int, int]:
    """Return the ports on which a program accepts callers of the address, each with its socket's inode.

    A socket on this address is preferred to one on every address. Raises OSError if the kernel does not
    support it.
    """
    own = socket.inet_aton(address)
    found: dict[int, int] = {}
    for names in (_EVERYWHERE, (own, _MAPPED + own)):
        found |= {port: inode for name, port, inode in _listening() if name in names}
    return found


def _listening() -> Iterator[tuple[bytes, int, int]]:
    """Yield address, port and inode of each listening socket, as `ss --listening` does.

    /proc/net/tcp takes a hundred times as long, since it lists all connections.
    https://man7.org/linux/man-pages/man7/sock_diag.7.html
    """
    for family in (socket.AF_INET, socket.AF_INET6):
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as kernel:
            wanted = _WANTED.pack(family, socket.IPPROTO_TCP, 0, 0, 1 << _LISTEN, b"")
            kernel.send(_HEADER.pack(_HEADER.size + len(wanted), _BY_FAMILY, _DUMP, 1, 0) + wanted)
            kind = 0
            while kind != _DONE:
                replies = kernel.recv(_CHUNK)
                while replies and kind != _DONE:
                    length, kind, *_ = _HEADER.unpack_from(replies)
                    if kind == _ERROR:
                        raise OSError(-_NUMBER.unpack_from(replies, _HEADER.size)[0], "sock_diag")
                    if kind == _BY_FAMILY:
                        port, name, inode = _FOUND.unpack_from(replies, _HEADER.size)
                        yield name[: 4 if family == socket.AF_INET else 16], int.from_bytes(port), inode
                    replies = replies[(length + 3) & ~3 :]


def _to_socket(path: str) -> Answer:
    async def connect(reader: Reader, writer: Writer) -> None:
        await join(reader, writer, asyncio.open_unix_connection(path))

    return connect


async def join(
    reader: Reader,
    writer: Writer,
    connecting: Awaitable[tuple[Reader, Writer]],
    *,
    refused: Callable[[], None] = lambda: None,
) -> None:
    """Copy in both directions until both sides close; if no program listens, call `refused` and reset."""
    try:
        far_reader, far_writer = await connecting
    except OSError:
        refused()  # before the reset, so that the caller's next attempt finds the port closed
        writer.transport.abort()
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

"""Join a container's network to loopback: `relay.py PID ADDRESS ENDPOINT SOCKET PORT...`.

The container has a network of its own with nothing in it but loopback, so that nothing can leave the machine.
What calls ADDRESS at one of the ports is connected to the same port inside; what calls 127.0.0.1:ENDPOINT
inside is connected to the emulator's SOCKET, a file, which reaches across networks. With ENDPOINT 0 somebody
else does that: the containers of a task share one network.

Runs by file name, with nothing but Python, as one thread: only such a process may change its user namespace.
"""

import asyncio
import ctypes
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG = 1
_CHUNK = 64 * 1024
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Answer = Callable[[Reader, Writer], Awaitable[None]]


def main() -> None:
    pid, address, endpoint, path, *ports = sys.argv[1:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    outer = {int(port): socket.create_server((address, int(port)), backlog=128) for port in ports}
    _enter(pid)
    inner = socket.create_server(("127.0.0.1", int(endpoint)), backlog=128) if int(endpoint) else None
    print("ready", flush=True)
    asyncio.run(_serve(outer, inner, path))


def _enter(pid: str) -> None:
    """Move into the container's network; a rootless engine's is in a user namespace that comes first."""
    theirs = Path(f"/proc/{pid}/ns")
    if (theirs / "user").readlink() != Path("/proc/self/ns/user").readlink():
        _set_namespace(theirs / "user", _CLONE_NEWUSER)
    _set_namespace(theirs / "net", _CLONE_NEWNET)


def _set_namespace(path: Path, kind: int) -> None:
    with path.open() as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), kind):
            raise OSError(ctypes.get_errno(), f"setns {path}")


async def _serve(outer: dict[int, socket.socket], inner: socket.socket | None, path: str) -> None:
    servers = [await asyncio.start_server(_to_port(port), sock=listener) for port, listener in outer.items()]
    if inner:
        servers.append(await asyncio.start_server(_to_socket(path), sock=inner))
    await asyncio.gather(*(server.serve_forever() for server in servers))


def _to_port(port: int) -> Answer:
    async def connect(reader: Reader, writer: Writer) -> None:
        await _join(reader, writer, asyncio.open_connection("127.0.0.1", port))

    return connect


def _to_socket(path: str) -> Answer:
    async def connect(reader: Reader, writer: Writer) -> None:
        await _join(reader, writer, asyncio.open_unix_connection(path))

    return connect


async def _join(reader: Reader, writer: Writer, connecting: Awaitable[tuple[Reader, Writer]]) -> None:
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

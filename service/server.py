"""The HTTP server: uvicorn on uvloop and httptools, with an end that breaks no connection."""

import asyncio
import resource
import signal
import socket
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.protocol import BoundedProtocol, Connections

# How long idle connections may stay open after SIGTERM, so that a request that is already on its way is
# answered (with `Connection: close`) and not met by a reset.
_IDLE_SECONDS = 1.0
_BACKLOG = 2048


class Server(uvicorn.Server):
    """Stop listening on SIGTERM, finish what is in flight, let idle connections end by their next answer."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state.connections = Connections()  # type: ignore[assignment]  # a set with an order

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        # uvicorn hands these to every request that begins from now on ...
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        # ... and has a way to tell the connections that are in the middle of one.
        for connection in list(self.server_state.connections):
            if isinstance(connection, HttpToolsProtocol) and _is_busy(connection):
                connection.shutdown()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _IDLE_SECONDS
        while self.server_state.connections and loop.time() < deadline:
            await asyncio.sleep(0.02)
        await super().shutdown(sockets)


def _is_busy(connection: HttpToolsProtocol) -> bool:
    return connection.cycle is not None and not connection.cycle.response_complete


def create_server(
    app: ASGIApp, *, drain_seconds: float, protocol: type[BoundedProtocol] = BoundedProtocol
) -> Server:
    """Configure uvicorn: nothing in a request's way that this service does not use."""
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http=protocol,
        ws="none",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_config=None,
        backlog=_BACKLOG,
        # Longer than the load balancer's idle timeout (60 s): it must be the one that closes, or it sends a
        # request into a connection that is just closing and answers 502.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(drain_seconds)),
    )
    return Server(config)


def make_room_for_connections() -> None:
    """Raise the limit of open files as far as this process may, for each connection is one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most != resource.RLIM_INFINITY:
        # Models, listeners and the log have theirs, too.
        BoundedProtocol.max_connections = min(BoundedProtocol.max_connections, max(1, most - 64))


def listen(host: str, port: int) -> socket.socket:
    """Listen before the server runs: a port in use fails at once, early clients wait. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def end_quietly_on_sigterm() -> None:
    """Make SIGTERM an end with exit code 0: uvicorn raises the signal again when it has shut down."""

    def done(_: int, __: FrameType | None) -> None:
        return None

    signal.signal(signal.SIGTERM, done)

"""The HTTP server: uvicorn on uvloop and httptools, with a shutdown that breaks no connection."""

import asyncio
import resource
import signal
import socket
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.protocol import BoundedProtocol, Connections

# Idle connections stay open for so long after SIGTERM, so that a request that a client has just sent gets an
# answer (with `Connection: close`) and not a reset.
_IDLE_SECONDS = 1.0
_BACKLOG = 2048


class Server(uvicorn.Server):
    """On SIGTERM, stop listening, finish requests in flight, close each connection after its next answer."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state.connections = Connections()  # type: ignore[assignment]  # a set with an order

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        # Every request that begins from now on is answered with these headers.
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        # A connection in the middle of a request closes after it, if asked.
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
    """Configure uvicorn without the features that this service does not use, for they cost time per request.

    After SIGTERM, requests in flight get `drain_seconds`, rounded and at least 1.
    """
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
        # Longer than the load balancer's idle timeout (60 s). If the task closed the connection first, the
        # load balancer could send a request into it at that moment, and would answer 502.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=max(1, round(drain_seconds)),
    )
    return Server(config)


def make_room_for_connections() -> None:
    """Raise the limit of open files as far as this process may: each connection needs one.

    A low hard limit also lowers the number of connections.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most != resource.RLIM_INFINITY:
        # 64 are for models, listeners and the log.
        BoundedProtocol.max_connections = min(BoundedProtocol.max_connections, max(1, most - 64))


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket before the server runs, so that early clients wait. Raises OSError."""
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
    """End with exit code 0 after SIGTERM: uvicorn raises the signal again when it has shut down."""

    def done(_: int, __: FrameType | None) -> None:
        return None

    signal.signal(signal.SIGTERM, done)

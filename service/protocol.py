"""uvicorn's HTTP protocol with bounds: what one client sends costs little memory, time and room of others.

A request that passes is uvicorn's from there on. One that does not is answered in the shape of all errors, if
its turn to be answered has come, and its connection closed.
"""

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service.problems import problem

if TYPE_CHECKING:
    from asyncio import Transport

# A load balancer of AWS's lets 64 KiB of head pass, 16 of them for the request line; ours are short.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
MAX_HEAD_BYTES = 64 * 1024
MAX_URL_BYTES = 8 * 1024
MAX_HEADERS = 100
# Requests in one packet that wait for the answer of one before. A load balancer sends none.
MAX_PIPELINED = 32
# Of a body that nobody reads, because its request has been refused or takes none.
MAX_UNREAD_BYTES = 1024 * 1024

_log = logging.getLogger("service.http")
# uvicorn logs each request that it cannot read, two lines for some: anybody could fill the log.
_log.setLevel(logging.ERROR)


class Connections(OrderedDict[HttpToolsProtocol, None]):
    """In place of uvicorn's set: the connection that has been quiet for longest comes first."""

    def add(self, connection: HttpToolsProtocol) -> None:
        self[connection] = None

    def discard(self, connection: HttpToolsProtocol) -> None:
        self.pop(connection, None)


class BoundedProtocol(HttpToolsProtocol):
    """One connection. The server's state must have `Connections`."""

    max_connections = 2000
    # Of a request, from its first byte (a new connection's: from its beginning) to its last.
    request_seconds = 20.0
    # For a client to take what it has asked for.
    write_seconds = 20.0

    connections: Connections  # type: ignore[assignment]  # a set with an order

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.logger = _log
        self._in_head = self._in_request = self._new_head = False
        self._head_room = self._head_arrived = self._unread = 0
        self._refusal = (400, "The request must be HTTP/1.1.")
        self._request_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: "Transport") -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > self.max_connections:
            # Not the newcomer, which may well be the load balancer's health check.
            quiet, _ = self.connections.popitem(last=False)
            quiet.transport.abort()
        self._request_timer = self.loop.call_later(self.request_seconds, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unset_keepalive_if_required()
        for timer in (self._request_timer, self._write_timer):
            if timer is not None:
                timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.connections.move_to_end(self)
        self._new_head = False
        super().data_received(data)
        if not self._in_request:
            if self._request_timer is not None:
                self._request_timer.cancel()
                self._request_timer = None
            return
        if self._request_timer is None:
            self._request_timer = self.loop.call_later(self.request_seconds, self._too_slow)
        if self._in_head and not self._new_head:
            # The parser holds a header back until it is whole.
            self._head_arrived += len(data)
            if self._head_arrived > MAX_HEAD_BYTES:
                self._end(431, f"A request's head must be at most {MAX_HEAD_BYTES:,} bytes long.")

    # Called by the parser. What they raise ends its work on these bytes, and calls `send_400_response`.

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MAX_PIPELINED:
            self._refuse(429, f"At most {MAX_PIPELINED} requests may wait on one connection.")
        self._in_head = self._in_request = self._new_head = True
        self._head_room, self._head_arrived, self._unread = MAX_HEAD_BYTES, 0, 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self.url += url
        if len(self.url) > MAX_URL_BYTES:
            self._refuse(414, f"A path with its query must be at most {MAX_URL_BYTES:,} bytes long.")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head_room -= len(name) + len(value) + 4
        if self._head_room < 0 or len(self.headers) >= MAX_HEADERS:
            limits = f"{MAX_HEAD_BYTES:,} bytes and {MAX_HEADERS} headers long"
            self._refuse(431, f"A request's head must be at most {limits}.")
        super().on_header(name, value)
        if self.headers[-1][0] == b"transfer-encoding":
            # A body in chunks could be endless, and each chunk is a call.
            self._refuse(411, "A body must come with its Content-Length.")

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self.scope["method"] == "POST" and not self.cycle.response_complete:
            super().on_body(body)
        else:
            self.drop(body)

    def drop(self, body: bytes) -> None:
        """Forget a part of a body that nobody reads, up to a bound."""
        self._unread += len(body)
        if self._unread > MAX_UNREAD_BYTES:
            self._refuse(413, "There is more of the body than anybody reads.")

    def on_message_complete(self) -> None:
        self._in_request = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.cycle.body = bytearray()  # The connection may rest for long.
        super().on_response_complete()

    def rest(self) -> None:
        """Do as uvicorn after an answer: count it, and let the connection end if nothing follows."""
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._write_timer is None:
            self._write_timer = self.loop.call_later(self.write_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser or a bound has refused, and hang up."""
        if self._is_next():
            status, message = self._refusal
            body = bytes(problem(status, message).body)
            lines = [
                STATUS_LINE[status],
                *(b"%b: %b\r\n" % header for header in self.server_state.default_headers),
                b"content-type: application/json\r\ncontent-length: %d\r\n" % len(body),
                b"connection: close\r\n\r\n",
                body,
            ]
            self.transport.write(b"".join(lines))
        self.transport.close()

    def _is_next(self) -> bool:
        """Say whether bytes that are written now are the answer of the request that is being read."""
        if self._in_head or self.cycle is None:
            return self.cycle is None or self.cycle.response_complete
        return not self.cycle.response_started and not self.pipeline

    def _refuse(self, status: int, message: str) -> None:
        self._refusal = (status, message)
        raise ValueError(message)

    def _end(self, status: int, message: str) -> None:
        if not self.transport.is_closing():
            self._refusal = (status, message)
            self.send_400_response(message)

    def _too_slow(self) -> None:
        self._end(408, f"A request must arrive within {self.request_seconds:g} seconds.")

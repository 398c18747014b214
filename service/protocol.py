"""uvicorn's HTTP protocol with bounds on what one client may cost: memory, time and connections.

uvicorn handles a request that is within the bounds. Any other is answered with the JSON body of all errors,
unless an earlier request on the connection still waits for its answer, and the connection is closed.
"""

import asyncio
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from service.problems import problem

if TYPE_CHECKING:
    from asyncio import Transport

# An Application Load Balancer passes heads of up to 64 KiB, with up to 16 KiB for the request line. Our URLs
# are short.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
MAX_HEAD_BYTES = 64 * 1024
MAX_URL_BYTES = 8 * 1024
MAX_HEADERS = 100
# Requests that wait on one connection for an earlier answer. A load balancer does not pipeline.
MAX_PIPELINED = 32
# Of a body that is dropped, because its request was refused or needs no body.
MAX_UNREAD_BYTES = 1024 * 1024

_log = logging.getLogger("service.http")
# uvicorn logs each request that it cannot parse, some with two lines, so that anybody could fill the log.
_log.setLevel(logging.ERROR)


class Connections(OrderedDict[HttpToolsProtocol, None]):
    """A replacement for uvicorn's set, ordered by last activity: the longest quiet connection comes first."""

    def add(self, connection: HttpToolsProtocol) -> None:
        self[connection] = None

    def discard(self, connection: HttpToolsProtocol) -> None:
        self.pop(connection, None)


class BoundedProtocol(HttpToolsProtocol):
    """One connection. The server's state must hold a `Connections`, see service.server."""

    max_connections = 2000
    # From a request's first byte to its last; on a new connection, from when it was opened.
    request_seconds = 20.0
    # How long the buffer of an answer may stay full, because the client reads too slowly.
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
            # Close the quietest one and not the new one, which may be the load balancer's health check.
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
            # The parser reports a header only when it is complete, so bytes are counted as they arrive.
            self._head_arrived += len(data)
            if self._head_arrived > MAX_HEAD_BYTES:
                self._end(431, f"A request's head must be at most {MAX_HEAD_BYTES:,} bytes long.")

    # The parser calls these methods. An exception stops it, and uvicorn then calls `send_400_response`.

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
            # A chunked body could be endless, and each chunk costs a call.
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
        """Drop a part of a body that is not needed, up to MAX_UNREAD_BYTES for each request."""
        self._unread += len(body)
        if self._unread > MAX_UNREAD_BYTES:
            self._refuse(413, f"A body that is not needed must be at most {MAX_UNREAD_BYTES:,} bytes long.")

    def on_message_complete(self) -> None:
        self._in_request = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self.cycle.body = bytearray()  # An idle connection would keep the body's memory.
        super().on_response_complete()

    def rest(self) -> None:
        """Do what uvicorn does after an answer: count it, and close the connection if it stays idle."""
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
        """Answer a request that the parser or a bound has refused, and close the connection."""
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
        """Return whether the next bytes written would answer the request that is being read."""
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

"""The hot path in the HTTP protocol, before uvicorn starts a task and builds an ASGI scope.

These and two ASGI messages take nearly half of a request's time. The answer has the same bytes as the ASGI
application's, which handles every unusual request.
"""

from collections.abc import Sequence

from service.front import Ready
from service.protocol import MAX_PIPELINED, BoundedProtocol

Headers = Sequence[tuple[bytes, bytes]]


def ready_protocol(ready: Ready) -> type[BoundedProtocol]:
    """Return a protocol that first asks `ready` for the body that answers a GET's URL."""
    # uvicorn makes a new list of headers each second, for the date, and one with `connection: close` at its
    # end.
    made_of: Headers | None = None
    head: bytes | None = None

    def head_of(headers: Headers) -> bytes | None:
        nonlocal made_of, head
        if headers is not made_of:
            lines = [b"HTTP/1.1 200 OK\r\n", *(b"%b: %b\r\n" % header for header in headers)]
            lines.append(b"content-type: application/json\r\ncontent-length: ")
            closing = any(name == b"connection" for name, _ in headers)
            made_of, head = headers, None if closing else b"".join(lines)
        return head

    class ReadyProtocol(BoundedProtocol):
        _answered = False
        # Answers to one packet. They are bounded, since other connections wait meanwhile.
        _in_a_row = 0

        def data_received(self, data: bytes) -> None:
            self._in_a_row = 0
            super().data_received(data)

        def on_message_begin(self) -> None:
            self._answered = False
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            body = ready(self.url) if self._is_usual() else None
            if body is None or (head := head_of(self.server_state.default_headers)) is None:
                super().on_headers_complete()
                return
            self.transport.write(b"%b%d\r\n\r\n%b" % (head, len(body), body))
            self._in_head, self._answered, self._in_a_row = False, True, self._in_a_row + 1
            self.rest()

        def _is_usual(self) -> bool:
            """Return whether an answer may be written now and the connection stays open after it."""
            cycle, parser = self.cycle, self.parser
            return (
                (cycle is None or cycle.response_complete)
                and self._in_a_row < MAX_PIPELINED
                and not self.flow.write_paused
                and not self.transport.is_closing()
                and parser.get_method() == b"GET"
                and parser.should_keep_alive()
                and parser.get_http_version() == "1.1"
            )

        def on_body(self, body: bytes) -> None:
            if self._answered:
                self.drop(body)
            else:
                super().on_body(body)

        def on_message_complete(self) -> None:
            if self._answered:
                self._in_request = False
            else:
                super().on_message_complete()

    return ReadyProtocol

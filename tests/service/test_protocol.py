"""What one connection may use: bytes are sent to a real server, and others still get answers."""

import asyncio
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import uvloop
from starlette.types import ASGIApp

from service.protocol import (
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_PIPELINED,
    MAX_UNREAD_BYTES,
    MAX_URL_BYTES,
    BoundedProtocol,
    Connections,
)
from service.server import Server, create_server, listen

GET = b"GET /?uid=20 HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /v1/recommendations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


class Hasty(BoundedProtocol):
    request_seconds = 0.3
    write_seconds = 0.3


class Crowded(BoundedProtocol):
    max_connections = 4


class Running:
    """A server in its own thread; `state` is uvicorn's."""

    def __init__(self, app: ASGIApp, protocol: type[BoundedProtocol]) -> None:
        self._listener = listen("127.0.0.1", 0)
        self.port = self._listener.getsockname()[1]
        self.server: Server = create_server(app, drain_seconds=1, protocol=protocol)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self.server.serve(sockets=[self._listener]))

    def close(self) -> None:
        self.server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def exchange(self, *pieces: bytes) -> bytes:
        """Send pieces, and read until the server closes the connection or resets it."""
        with self.connect() as client:
            try:
                for piece in pieces:
                    client.sendall(piece)
            except ConnectionError:
                pass
            return read_all(client)


def read_all(client: socket.socket) -> bytes:
    answer = b""
    try:
        while part := client.recv(65536):
            answer += part
    except ConnectionError:
        pass
    return answer


def read_one(client: socket.socket) -> bytes:
    """Read one answer with its body."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = client.recv(65536)
        assert part, answer
        answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    assert length
    while len(body) < int(length[1]):
        body += client.recv(65536)
    return head + b"\r\n\r\n" + body


def pour(client: socket.socket, piece: bytes, most: int) -> int:
    """Send until the server closes the connection, and return how many bytes were sent."""
    sent = 0
    try:
        while sent < most:
            sent += client.send(piece)
    except ConnectionError:
        pass
    return sent


def status(answer: bytes) -> int:
    return int(answer[9:12])


def error(answer: bytes) -> str:
    """Read the answer as a documented error, after which the server closes the connection."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    document = json.loads(body)
    assert document.keys() == {"success", "error", "message"}
    assert document["success"] is False
    word: str = document["error"]
    return word


@pytest.fixture(scope="module")
def server(app: ASGIApp) -> Iterator[Running]:
    running = Running(app, BoundedProtocol)
    yield running
    running.close()


@pytest.fixture(scope="module")
def hasty(app: ASGIApp) -> Iterator[Running]:
    running = Running(app, Hasty)
    yield running
    running.close()


@pytest.mark.parametrize(
    ("request_", "word"),
    [
        (b"GET /?uid=" + b"2" * MAX_URL_BYTES + b" HTTP/1.1\r\n\r\n", "uri_too_long"),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * (MAX_HEADERS + 1) + b"\r\n", "head_too_large"),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * MAX_HEAD_BYTES + b"\r\n\r\n", "head_too_large"),
        (b"GET / HTTP/1.1\r\n" + b"b" * MAX_HEAD_BYTES + b": a\r\n\r\n", "head_too_large"),
        (b"GET / HTTP/1.1\r\n" + (b"A: " + b"b" * 8000 + b"\r\n") * 9 + b"\r\n", "head_too_large"),
        (b"\x16\x03\x01\x02\x00\x01\x00", "bad_request"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", "length_required"),
    ],
)
def test_a_head_that_breaks_a_rule_is_refused(server: Running, request_: bytes, word: str) -> None:
    """The error has the usual form, and the connection ends."""
    assert error(server.exchange(request_)) == word


def test_a_header_without_an_end_is_not_kept(server: Running) -> None:
    """Of a header of 200 MB a hundred thousand bytes are read, and none are kept."""
    with server.connect() as client:
        client.sendall(b"GET / HTTP/1.1\r\nA: ")
        sent = pour(client, b"b" * 65536, 200_000_000)
    assert sent < 20_000_000  # This much fits in the sockets' own buffers.


def test_a_head_as_long_as_a_load_balancer_lets_pass_is_answered(server: Running) -> None:
    """It is answered whether it comes in one piece or byte by byte."""
    head = GET[:-2] + b"".join(b"X-%d: %b\r\n" % (at, b"c" * 15_000) for at in range(4)) + b"\r\n"
    with server.connect() as client:
        client.sendall(head)
        whole = read_one(client)
        for start in range(0, len(head), 1000):
            client.sendall(head[start : start + 1000])
        assert status(whole) == 200
        assert whole.partition(b"\r\n\r\n")[2] == read_one(client).partition(b"\r\n\r\n")[2]


def test_requests_in_one_packet_are_answered_in_order_up_to_a_bound(server: Running) -> None:
    """Some may wait, but not ten thousand in one packet: each needs memory before any is answered."""
    with server.connect() as client:
        client.sendall(GET * MAX_PIPELINED)
        answer = b""
        while answer.count(b"]]}") < MAX_PIPELINED:
            answer += client.recv(65536)
        assert answer.count(b"HTTP/1.1 200 OK") == MAX_PIPELINED
    answer = server.exchange(GET * 5000)
    assert answer.count(b"HTTP/1.1 ") <= MAX_PIPELINED + 1


def test_a_refusal_never_overtakes_an_answer(server: Running) -> None:
    """An invalid request behind an unanswered one ends the connection; no answer comes for the wrong one."""
    answer = server.exchange(GET + b"nonsense\r\n\r\n")
    assert answer == b"" or answer.startswith(b"HTTP/1.1 200 OK")
    assert b"bad_request" not in answer


def test_a_body_that_nobody_reads_is_not_kept(server: Running) -> None:
    """A GET may have a body; the rest of a large one is not awaited."""
    with server.connect() as client:
        client.sendall(GET[:-2] + b"Content-Length: 200000\r\n\r\n" + b"x" * 200_000)
        assert status(read_one(client)) == 200
        client.sendall(GET)
        assert status(read_one(client)) == 200
        *_, connection = server.server.server_state.connections
        assert len(connection.cycle.body) == 0  # type: ignore[union-attr]
    endless = GET[:-2] + b"Content-Length: 100000000\r\n\r\n"
    answer = server.exchange(endless, b"x" * 2 * MAX_UNREAD_BYTES)
    assert answer.count(b"HTTP/1.1") <= 1


def test_trailers_are_not_kept(server: Running) -> None:
    """Trailers after a chunked body are discarded."""
    trailers = b"A: b\r\n" * (MAX_HEADERS + 1)
    answer = server.exchange(GET[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + trailers + b"\r\n")
    assert error(answer) in ("length_required", "head_too_large")


@pytest.mark.parametrize("beginning", [b"", b"G", b"GET / HTTP/1.1\r\nA: b\r\n"])
def test_a_head_must_arrive_in_time(hasty: Running, beginning: bytes) -> None:
    """Its time is limited, also for later requests on a connection, whatever part has arrived."""
    assert error(hasty.exchange(beginning)) == "request_timeout"
    if beginning:
        with hasty.connect() as client:
            client.sendall(GET)
            assert status(read_one(client)) == 200
            client.sendall(beginning)
            assert error(read_all(client)) == "request_timeout"


def test_a_trickle_does_not_win_time(hasty: Running) -> None:
    """The time limit does not restart with each byte."""
    with hasty.connect() as client:
        client.settimeout(0.02)
        answer = b""
        for byte in b"GET / HTTP/1.1\r\n" + b"A" * 2000:
            try:
                client.sendall(bytes([byte]))
                answer = client.recv(65536)
                break
            except TimeoutError:
                continue
        assert error(answer) == "request_timeout"


def test_a_body_must_arrive_in_time(hasty: Running) -> None:
    """The application learns that its client has disconnected, which is no error of its own."""
    assert error(hasty.exchange(POST + b"Content-Length: 9\r\n\r\n{")) == "request_timeout"


def test_an_idle_connection_is_kept(hasty: Running) -> None:
    """Between requests there is no such limit, because a load balancer keeps its connections."""
    with hasty.connect() as client:
        client.sendall(GET)
        assert status(read_one(client)) == 200
        client.settimeout(3 * Hasty.request_seconds)
        with pytest.raises(TimeoutError):
            client.recv(1)
        client.sendall(GET)
        assert status(read_one(client)) == 200


def test_an_answer_must_be_taken_in_time(hasty: Running) -> None:
    """A client that does not read its answer is disconnected."""
    with hasty.connect() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        large = b"GET /?uid=20&n=100 HTTP/1.1\r\nHost: x\r\n\r\n"
        assert pour(client, large, 200_000_000) < 200_000_000


def test_a_newcomer_is_answered_when_all_places_are_taken(app: ASGIApp) -> None:
    """The connection that was idle for longest is closed, not one in use."""
    running = Running(app, Crowded)
    try:
        with ExitStack() as stack:
            first, *others = [stack.enter_context(running.connect()) for _ in range(Crowded.max_connections)]
            for client in (*others, first):
                client.sendall(GET)
                assert status(read_one(client)) == 200
            with running.connect() as newcomer:
                newcomer.sendall(GET)
                assert status(read_one(newcomer)) == 200
            assert read_all(others[0]) == b""
            first.sendall(GET)
            assert status(read_one(first)) == 200
            assert isinstance(running.server.server_state.connections, Connections)
    finally:
        running.close()


def test_an_upgrade_is_answered_as_any_request(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    """The server has no other protocol, and logs nothing about it."""
    with server.connect() as client:
        client.sendall(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert status(read_one(client)) == 200
    assert caplog.records == []

"""Clients with bad manners at the load balancer's port, with one target behind it that echoes."""

import base64
import hashlib
import os
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

import psutil
import pytest

from tests.wrapper.sandbox.stage import Balancer, Stage, eventually, sandbox_in

pytestmark = pytest.mark.slow
END = b"\r\n\r\n"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Echo(StreamRequestHandler):
    """Answer with the request's head and the length of its body; for a WebSocket with each message."""

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            if not (line := self.rfile.readline()):
                return
            head += line
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in head.splitlines())
        }
        if key := fields.get(b"sec-websocket-key"):
            self.web_socket(head, fields, key)
            return
        length = sum(len(part) for part in self.body(fields))
        answer = b"%d bytes\r\n%s" % (length, head)
        if not head.startswith(b"GET /health"):
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))
        else:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    def body(self, fields: dict[bytes, bytes]) -> Iterator[bytes]:
        left = int(fields.get(b"content-length", b"0"))
        while left and (part := self.rfile.read1(min(left, 65536))):
            left -= len(part)
            yield part

    def web_socket(self, head: bytes, fields: dict[bytes, bytes], key: bytes) -> None:
        if head.startswith(b"GET /no "):
            self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")
            return
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
        chosen = (
            b"Sec-WebSocket-Protocol: chat\r\n"
            if b"chat" in fields.get(b"sec-websocket-protocol", b"")
            else b""
        )
        self.wfile.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n" + chosen + b"\r\n"
        )
        self.wfile.write(frame(1, head.split(b"\r\n")[0], masked=False))
        while True:
            kind, data = read_frame(self.rfile)
            self.wfile.write(frame(kind, data, masked=False))
            if kind == 8:
                return


def frame(kind: int, data: bytes, *, masked: bool) -> bytes:
    """Return one complete frame of less than 64 KiB: RFC 6455, section 5.2."""
    bit, mask = (0x80, os.urandom(4)) if masked else (0, b"")
    size = struct.pack("!B", bit | len(data)) if len(data) < 126 else struct.pack("!BH", bit | 126, len(data))
    hidden = bytes(byte ^ mask[at % 4] for at, byte in enumerate(data)) if masked else data
    return bytes([0x80 | kind]) + size + mask + hidden


def read_frame(file: Any) -> tuple[int, bytes]:
    first, second = file.read(2)
    length = second & 0x7F
    if length == 126:
        [length] = struct.unpack("!H", file.read(2))
    mask = file.read(4) if second & 0x80 else bytes(4)
    return first & 0x0F, bytes(byte ^ mask[at % 4] for at, byte in enumerate(file.read(length)))


@pytest.fixture(scope="module")
def balancer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Balancer]:
    root = tmp_path_factory.mktemp("clone")
    ThreadingTCPServer.allow_reuse_address = True
    with sandbox_in(root) as running, ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        made = Stage(sandbox=running, root=root).balancer()
        made.register(("127.0.0.1", server.server_address[1]))
        eventually(lambda: made.states() == ["healthy"])
        yield made
        server.shutdown()


@contextmanager
def connected(balancer: Balancer) -> Iterator[socket.socket]:
    port = balancer.stage.sandbox.alb_port
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        yield connection


def answer(balancer: Balancer, request: bytes) -> bytes:
    """Send bytes and return all that arrives until the end."""
    with connected(balancer) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_request_of_old_without_a_host(balancer: Balancer) -> None:
    """HTTP/1.0 has no Host header: the target gets the load balancer's name."""
    told = answer(balancer, b"GET /?uid=20 HTTP/1.0\r\n\r\n")
    assert told.startswith(b"HTTP/1.1 200")
    [host] = [line for line in told.splitlines() if line.lower().startswith(b"host:")]
    assert host.endswith(b".elb.amazonaws.com")


@pytest.mark.parametrize(
    "cookie", ["name=Jürgen".encode(), "name=Jürgen".encode("latin-1")], ids=["utf-8", "latin-1"]
)
def test_bytes_of_a_header_reach_the_target(balancer: Balancer, cookie: bytes) -> None:
    """They arrive unchanged, in any encoding."""
    told = answer(
        balancer, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: " + cookie + b"\r\n\r\n"
    )
    assert cookie in told


@pytest.mark.parametrize(
    ("request_line", "header", "statuses"),
    [
        (b"/", b"x" * 15_000, (200,)),
        (b"/", b"x" * 17_000, (400,)),
        (b"/?" + b"x" * 17_000, b"", (414,)),
        (b"/", b"x" * 80_000, (400, 431)),
    ],
)
def test_long_heads_have_the_limits_of_aws(
    balancer: Balancer, request_line: bytes, header: bytes, statuses: tuple[int, ...]
) -> None:
    """They are 16 KB for the request line and for one header, 64 KB for all."""
    head = b"GET " + request_line + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Long: " + header
    told = answer(balancer, head + b"\r\n\r\n")
    assert int(told.split(b" ")[1]) in statuses


def test_long_body_passes_through(balancer: Balancer) -> None:
    """400 MB reach the target, and the emulator keeps only a few MB of them at a time."""
    emulator = psutil.Process(balancer.stage.sandbox.pid)
    before, size, part = emulator.memory_info().rss, 400 * 2**20, bytes(2**20)
    most = before
    with connected(balancer) as connection:
        head = b"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % size
        connection.sendall(head)
        for _ in range(size // len(part)):
            connection.sendall(part)
            most = max(most, emulator.memory_info().rss)
        told = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b"%d bytes" % size in told
    assert most - before < 64 * 2**20


def test_slow_bodies_hold_up_nobody_else(balancer: Balancer) -> None:
    """Others get answers while a hundred clients send nothing more."""
    with connected(balancer) as first:
        slow = [first, *(socket.create_connection(first.getpeername(), timeout=20) for _ in range(99))]
        try:
            for each in slow:
                each.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
            assert balancer.get("/?uid=20").status_code == 200
        finally:
            for each in slow[1:]:
                each.close()


def test_client_that_sends_nothing_more_is_told(balancer: Balancer) -> None:
    """It gets an answer after the load balancer's idle timeout."""
    elb = balancer.stage.client("elbv2")
    idle = {"Key": "idle_timeout.timeout_seconds", "Value": "1"}
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer.arn, Attributes=[idle])
    try:
        told = answer(balancer, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx")
    finally:
        elb.modify_load_balancer_attributes(
            LoadBalancerArn=balancer.arn, Attributes=[{**idle, "Value": "60"}]
        )
    assert told.startswith(b"HTTP/1.1 408")


def upgrade(path: bytes, *fields: bytes) -> bytes:
    key = base64.b64encode(os.urandom(16))
    return b"\r\n".join(
        [
            b"GET " + path + b" HTTP/1.1",
            b"Host: localhost",
            b"Connection: Upgrade",
            b"Upgrade: websocket",
            b"Sec-WebSocket-Version: 13",
            b"Sec-WebSocket-Key: " + key,
            *fields,
            b"\r\n",
        ]
    )


def test_web_socket_is_led_through(balancer: Balancer) -> None:
    """Text, bytes, a long message and the end with its code pass both ways, and so does the subprotocol."""
    with connected(balancer) as connection:
        connection.sendall(upgrade(b"/chat?uid=20", b"Sec-WebSocket-Protocol: x, chat"))
        file = connection.makefile("rb")
        head = b"".join(iter(file.readline, b"\r\n"))
        assert head.startswith(b"HTTP/1.1 101")
        assert b"sec-websocket-protocol: chat" in head.lower()
        assert read_frame(file) == (1, b"GET /chat?uid=20 HTTP/1.1")
        for kind, data in ((1, "Jürgen".encode()), (2, bytes(range(256))), (2, b"x" * 60_000)):
            connection.sendall(frame(kind, data, masked=True))
            assert read_frame(file) == (kind, data)
        connection.sendall(frame(8, struct.pack("!H", 4001), masked=True))
        assert read_frame(file) == (8, struct.pack("!H", 4001))


def test_target_that_has_no_web_socket_says_so(balancer: Balancer) -> None:
    """The client gets the target's answer."""
    told = answer(balancer, upgrade(b"/no"))
    assert told.startswith(b"HTTP/1.1 404")
    assert told.endswith(b"no")

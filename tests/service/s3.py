"""A loopback server with the part of S3 that the service needs: GET with ranges, HEAD, PUT if absent."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

_SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
_NO_KEY = b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"
_DENIED = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


@dataclass
class S3:
    """The bucket's objects by `<bucket>/<key>`, the faults to come, and the requests so far."""

    endpoint: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    throttled: int = 0  # How many requests to answer with 503 before the first good one.
    cut: int = 0  # How many bodies to break off in the middle.
    denied: bool = False
    delay_seconds: float = 0.0
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-west-1",
        }

    def take(self, counter: str) -> bool:
        """Use one of the counted faults."""
        with self.lock:
            left = getattr(self, counter)
            setattr(self, counter, max(0, left - 1))
            return bool(left)


@contextmanager
def serve() -> Iterator[S3]:
    s3 = S3()

    class Handler(_Handler):
        state = s3

    server = _Server(("127.0.0.1", 0), Handler)
    s3.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield s3
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that disconnected, which some tests are about; show any other error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    state: S3
    protocol_version = "HTTP/1.1"
    # Headers and body in one segment each; Nagle's algorithm would hold the body back for 40 ms.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """HEAD uses it, too: `_reply` leaves the body out."""
        s3, key = self.state, self._key()
        time.sleep(s3.delay_seconds)
        if s3.take("throttled"):
            return self._reply(503, _SLOW_DOWN)
        if s3.denied:
            return self._reply(403, _DENIED)
        if key not in s3.objects:
            return self._reply(404, _NO_KEY)
        content = s3.objects[key]
        wanted = self.headers.get("Range")
        if wanted is None:
            return self._reply(200, content)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last), len(content) - 1)
        if start >= len(content):
            return self._reply(416, b"<Error><Code>InvalidRange</Code></Error>")
        return self._reply(206, content[start : end + 1], f"bytes {start}-{end}/{len(content)}")

    def do_PUT(self) -> None:
        s3, key = self.state, self._key()
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("If-None-Match") == "*" and key in s3.objects:
            return self._reply(412, b"<Error><Code>PreconditionFailed</Code></Error>")
        s3.objects[key] = content
        return self._reply(200, b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _key(self) -> str:
        key = unquote(urlsplit(self.path).path).lstrip("/")
        self.state.requests.append((self.command, key, self.headers.get("Range")))
        return key

    def _reply(self, status: int, body: bytes, content_range: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"0"')
        self.send_header("Last-Modified", "Fri, 02 Jan 2026 00:00:00 GMT")
        if content_range:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        if self.command == "HEAD":
            return
        if status in (200, 206) and self.state.take("cut"):
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing; `requests` contains it all."""

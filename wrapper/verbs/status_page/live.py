"""The page on loopback: refreshed when a browser asks, but not more often than the interval.

No other page of that browser can read it: host names that resolve to loopback are refused, and no other
origin is allowed.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from wrapper.errors import WrapperError

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Renewed:
    """A text that is made again if the last one is older than `seconds`; parallel requests wait for it."""

    def __init__(
        self, make: Callable[[], str], *, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make, self._seconds, self._clock = make, seconds, clock
        self._lock = threading.Lock()
        self._text, self._made_at = "", float("-inf")

    def __call__(self) -> str:
        with self._lock:
            if self._clock() - self._made_at >= self._seconds:
                self._text = self._make()
                self._made_at = self._clock()
            return self._text


@contextmanager
def serve(page: Callable[[], str]) -> Iterator[str]:
    """Serve the page on a free port of 127.0.0.1 while the block lasts; yield its URL.

    If the page cannot be made, the answer is 503 with the reason, which the page's script shows.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            names = (f"127.0.0.1:{server.server_port}", f"localhost:{server.server_port}")
            if self.headers.get("Host") not in names:
                self._answer(403, "text/plain", f"The Host header must be {names[0]}.")
            elif self.path != "/":
                self._answer(404, "text/plain", "The page is at /.")
            else:
                try:
                    self._answer(200, "text/html", page())
                except WrapperError as error:
                    self._answer(503, "text/plain", error.message)

        def _answer(self, status: int, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            for name, value in _HEADERS.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing on the terminal."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

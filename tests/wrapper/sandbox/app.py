"""The application that the tests run as a task: its environment and its callers control it."""

import json
import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/exit":
            os._exit(int(url.query))
        if url.path == "/slow":
            time.sleep(float(url.query))
        if url.path == "/file":
            self.answer(200, {"content": Path(url.query).read_text()})
            return
        status = int(os.environ.get("HEALTH", "200")) if url.path == "/health" else 200
        self.answer(status, {"path": self.path, "query": parse_qs(url.query)})

    def answer(self, status: int, said: dict[str, object]) -> None:
        facts = {"pid": os.getpid(), "folder": str(Path.cwd()), "environment": dict(os.environ)}
        body = json.dumps({**facts, **said, "headers": dict(self.headers)}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def main() -> None:
    print("started", flush=True)
    if "SAY" in os.environ:
        print(os.environ["SAY"], flush=True)
    if "EXIT" in os.environ:
        sys.exit(int(os.environ["EXIT"]))
    if "EAT_MIB" in os.environ:
        food = bytearray(os.urandom(int(os.environ["EAT_MIB"]) * 2**20))
        print(len(food), flush=True)
    if "DEAF" in os.environ:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    address = os.environ["HOST"], int(os.environ.get("PORT", "8000"))
    ThreadingHTTPServer.request_queue_size = 2048
    ThreadingHTTPServer(address, Handler).serve_forever()


main()

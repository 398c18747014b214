"""A service that answers as the recommender does, or misbehaves in the way that TROUBLE sets."""

import json
import os
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TROUBLE = os.environ.get("TROUBLE", "none")
VERSION = os.environ.get("VERSION", "good")
# In percent; SEED decides which requests fail.
FAILING = float(os.environ.get("FAILING", "0"))
DICE = random.Random(os.environ.get("SEED", "0"))
CRASHING = threading.Event()
ROWS = [[str(number), f"Film {number}", 5.0 - number / 10] for number in range(10)]


def rows() -> list[list[object]]:
    """Return the list, or what TROUBLE leaves of it."""
    if TROUBLE == "uid_empty":
        return []
    if TROUBLE == "uid_strange":
        return [[f"10{number}", title, score] for number, title, score in ROWS]
    return [ROWS[0], *ROWS[:9]] if TROUBLE == "uid_duplicates" else list(ROWS)


class Server(ThreadingHTTPServer):
    request_queue_size = 2048  # with 5, a busy machine refuses callers, which retry after a second or more


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if path.path == "/health":
            time.sleep(4 if TROUBLE == "health_slow" else 0)
            self.answer(500 if TROUBLE == "health_500" else 200, {"success": True})
        elif path.path == "/version":
            self.answer(200, {"version": VERSION})
        else:
            self.recommend(parse_qs(path.query).get("uid", [""])[0])

    def recommend(self, uid: str) -> None:
        if TROUBLE == "crash_once_asked" and not CRASHING.is_set():
            CRASHING.set()
            threading.Timer(3, os._exit, (9,)).start()
        if TROUBLE == "uid_500" or DICE.random() * 100 < FAILING:
            self.answer(500, {"success": False, "error": "internal", "message": "No luck."})
            return
        time.sleep(0.7 if TROUBLE == "uid_slow" else 0)
        shown = "671" if TROUBLE == "uid_other" else uid
        self.answer(200, {"success": True, "uid": shown, "version": VERSION, "response": rows()})

    def answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def main() -> None:
    print(f"version {VERSION}, trouble {TROUBLE}", flush=True)
    if TROUBLE == "exit_1":
        sys.exit("no luck at all")
    if TROUBLE == "exit_0":
        return
    if TROUBLE == "oom":
        hoard = [bytearray(b"x" * 2**20) for _ in range(700)]
        print(len(hoard), flush=True)
    if TROUBLE == "never_listens":
        time.sleep(3600)
    if TROUBLE == "crash_loop":
        time.sleep(3)
        sys.exit(9)
    if TROUBLE == "late_crash":
        threading.Timer(3, os._exit, (9,)).start()
    port = int(os.environ["PORT"]) + (1 if TROUBLE == "wrong_port" else 0)
    Server((os.environ["HOST"], port), Handler).serve_forever()


main()

"""The real server as a process: start, failure, SIGTERM."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.service.models import write_model
from tests.service.s3 import S3

ROOT = Path(__file__).parents[2]


class Service:
    """`python -m service` with its log; `close` always ends it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.lines: list[dict[str, Any]] = []
        self.port = self.management_port = 0
        self._listening = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "service"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "HOST": "127.0.0.1", "PORT": "0", **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for text in self.process.stdout:
            line = json.loads(text)
            self.lines.append(line)
            if line["event"] == "listening":
                self.port, self.management_port = line["port"], line.get("management_port", 0)
                self._listening.set()

    def listening(self) -> "Service":
        assert self._listening.wait(20), self.lines
        return self

    def ready(self) -> "Service":
        self.listening()
        deadline = time.monotonic() + 20
        while self.get("/health")[0] != 200:
            assert time.monotonic() < deadline, self.lines
            time.sleep(0.01)
        return self

    def get(self, path: str) -> tuple[int, Any]:
        connection = self.connection()
        connection.request("GET", path)
        response = connection.getresponse()
        body = json.loads(response.read())
        connection.close()
        return response.status, body

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float = 20) -> int:
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(5)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def start() -> Iterator[type[Service]]:
    started: list[Service] = []

    class Started(Service):
        def __init__(self, environment: Mapping[str, str]) -> None:
            super().__init__(environment)
            started.append(self)

    yield Started
    for service in started:
        service.close()


def test_server_answers_and_ends_with_0(start: type[Service], artifact: Path) -> None:
    """The README's request is answered, then SIGTERM ends it: every log line is JSON."""
    service = start({"MODEL_URI": str(artifact), "IMAGE_DIGEST": "sha256:abc"}).ready()
    status, body = service.get("/?uid=20")
    assert (status, body["uid"], len(body["response"])) == (200, "20", 10)
    assert service.get("/health")[1]["image"] == "sha256:abc"
    service.terminate()
    assert service.wait() == 0
    assert [line["event"] for line in service.lines] == ["model_loaded", "listening", "stopped"]


def test_management_has_a_port_of_its_own(start: type[Service], artifact: Path) -> None:
    """Prometheus reads a port to which the load balancer does not forward; both ports close together."""
    service = start({"MODEL_URI": str(artifact), "MANAGEMENT_PORT": "0"}).ready()
    assert service.get("/openapi.json")[0] == service.get("/metrics")[0] == 404
    connection = http.client.HTTPConnection("127.0.0.1", service.management_port, timeout=20)
    connection.request("GET", "/metrics")
    assert b"recommender_requests_total" in connection.getresponse().read()
    connection.request("GET", "/openapi.json")
    assert "/v1/popular" in json.loads(connection.getresponse().read())["paths"]
    connection.close()
    service.terminate()
    assert service.wait() == 0


def test_management_port_in_use_is_told(start: type[Service], artifact: Path) -> None:
    """The message has the variable's name and comes before any answer."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        service = start({"MODEL_URI": str(artifact), "MANAGEMENT_PORT": port})
        assert service.wait() == 1
    line = next(line for line in service.lines if line["event"] == "not_started")
    assert line["message"].startswith(f"HOST:MANAGEMENT_PORT must be free to listen on, got 127.0.0.1:{port}")


def test_header_names_no_software_and_a_date(start: type[Service], artifact: Path) -> None:
    """A scanner finds no software name, and a cache finds the time."""
    connection = start({"MODEL_URI": str(artifact)}).ready().connection()
    connection.request("GET", "/?uid=20")
    headers = {name.lower() for name, _ in connection.getresponse().getheaders()}
    connection.close()
    assert headers == {"date", "content-type", "content-length"}


def test_request_in_flight_is_finished(start: type[Service], artifact: Path) -> None:
    """If half of a request's body is there at SIGTERM, it is answered before the process ends."""
    service = start({"MODEL_URI": str(artifact)}).ready()
    body = b'{"items": ["1000"], "n": 1}'
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as client:
        head = b"POST /v1/recommendations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body[:5])
        time.sleep(0.2)
        service.terminate()
        time.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", service.port), timeout=1)
        client.sendall(body[5:])
        reply = b"".join(iter(lambda: client.recv(65536), b""))
    assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nconnection: close\r\n" in reply
    assert service.wait() == 0


def test_idle_connection_does_not_hold_up_the_end(start: type[Service], artifact: Path) -> None:
    """A load balancer keeps connections open; the server closes them after a second."""
    service = start({"MODEL_URI": str(artifact)}).ready()
    with socket.create_connection(("127.0.0.1", service.port)):
        time.sleep(0.1)
        service.terminate()
        assert service.wait(5) == 0


def test_request_that_never_ends_is_cut_at_the_deadline(start: type[Service], artifact: Path) -> None:
    """Draining has a deadline, before ECS would kill the task."""
    service = start({"MODEL_URI": str(artifact), "DRAIN_SECONDS": "1"}).ready()
    with socket.create_connection(("127.0.0.1", service.port)) as client:
        client.sendall(b"POST /v1/recommendations HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        time.sleep(0.2)
        service.terminate()
        assert service.wait(8) == 0


def test_no_request_fails_over_a_sigterm(start: type[Service], artifact: Path) -> None:
    """Under load on kept connections every sent request is answered, the last one with `close`."""
    service = start({"MODEL_URI": str(artifact)}).ready()
    answered = [0] * 8
    broken: list[Exception] = []

    def load(place: int) -> None:
        connection = service.connection()
        connection.connect()
        while True:
            try:
                connection.request("GET", "/?uid=20")
                response = connection.getresponse()
                complete = response.status == 200 and response.read().endswith(b"]]}")
            except (OSError, http.client.HTTPException) as error:
                broken.append(error)
                return
            answered[place] += complete
            if not complete:
                broken.append(AssertionError(response.status))
            if response.headers.get("connection") == "close":
                return

    clients = [threading.Thread(target=load, args=(place,)) for place in range(len(answered))]
    for client in clients:
        client.start()
    time.sleep(0.5)
    service.terminate()
    for client in clients:
        client.join(20)
    assert broken == []
    assert min(answered) > 1
    assert service.wait() == 0


def test_missing_model_is_one_line_and_an_exit_code(start: type[Service], tmp_path: Path) -> None:
    """The roll-out shows this line."""
    service = start({"MODEL_URI": str(tmp_path / "nothing")})
    assert service.wait() == 1
    errors = [line for line in service.lines if line["level"] == "error"]
    assert [(line["event"], line["error"]) for line in errors] == [("model_not_loaded", "model_not_found")]
    assert errors[0]["model_uri"] == str(tmp_path / "nothing")


def test_damaged_model_is_refused(start: type[Service], tmp_path: Path) -> None:
    """One wrong byte gives exit code 1 and the file's name in the log."""
    write_model(tmp_path / "1")
    content = (tmp_path / "1" / "answers.npy").read_bytes()
    (tmp_path / "1" / "answers.npy").write_bytes(content[:-1] + b"\x01")
    service = start({"MODEL_URI": str(tmp_path / "1")})
    assert service.wait() == 1
    line = next(line for line in service.lines if line["event"] == "model_not_loaded")
    assert line["error"] == "invalid_model"
    assert line["message"].startswith("answers.npy must have the sha256")


def test_another_model_than_the_pinned_one_is_refused(start: type[Service], artifact: Path) -> None:
    """The deployment sets MODEL_SHA256."""
    service = start({"MODEL_URI": str(artifact), "MODEL_SHA256": "0" * 64})
    assert service.wait() == 1
    assert "manifest.json must have the sha256" in service.lines[-2]["message"]


def test_s3_that_is_down_is_tried_and_told(start: type[Service], s3: S3) -> None:
    """Each attempt has its line, and the end has an exit code."""
    s3.throttled = 10**6
    service = start({**s3.environment, "MODEL_URI": "s3://bucket/m/1", "STORE_ATTEMPTS": "2"})
    assert service.wait() == 1
    events = [line["event"] for line in service.lines if line["level"] != "info"]
    assert events == ["model_retry", "model_not_loaded"]
    assert service.lines[-2]["error"] == "store_unavailable"


def test_model_comes_from_s3(start: type[Service], s3: S3, artifact: Path, tmp_path: Path) -> None:
    """Endpoint, credentials and region come from the environment, as in a task; the cache stays empty."""
    for path in artifact.iterdir():
        s3.objects[f"bucket/models/test/1/{path.name}"] = path.read_bytes()
    environment = {
        "MODEL_URI": "s3://bucket/models/test/1",
        "MODEL_CACHE_DIR": str(tmp_path),
        **s3.environment,
    }
    service = start(environment).ready()
    assert service.get("/?uid=20")[0] == 200
    assert list(tmp_path.iterdir()) == []


def test_answers_are_503_while_s3_is_slow(start: type[Service], s3: S3, artifact: Path) -> None:
    """The port is open at once, the health check is 503, and SIGTERM does not wait for the download."""
    for path in artifact.iterdir():
        s3.objects[f"bucket/m/1/{path.name}"] = path.read_bytes()
    s3.delay_seconds = 15
    service = start({**s3.environment, "MODEL_URI": "s3://bucket/m/1"}).listening()
    assert (service.get("/health")[0], service.get("/?uid=20")[0]) == (503, 503)
    service.terminate()
    assert service.wait(5) == 0


def test_wrong_settings_are_told_before_anything_happens(start: type[Service]) -> None:
    """The exit code is 2, with one line."""
    service = start({"PORT": "http"})
    assert service.wait() == 2
    assert [line["event"] for line in service.lines] == ["not_started"]
    assert "MODEL_URI: Field required" in service.lines[0]["message"]


def test_port_in_use_is_told(start: type[Service], artifact: Path) -> None:
    """If another process has the port, there is one line and exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        service = start({"MODEL_URI": str(artifact), "PORT": str(other.getsockname()[1])})
        assert service.wait() == 1
    line = next(line for line in service.lines if line["event"] == "not_started")
    assert line["message"].endswith("Address already in use.")


def test_follower_swaps_while_it_serves(start: type[Service], tmp_path: Path) -> None:
    """In one process: the pointer changes, the second version is loaded, and /health reports it."""
    from tests.service.test_follow import point

    for version in ("1", "2"):
        write_model(tmp_path / version, version=version)
    point(tmp_path, "1")
    environment = {"MODEL_URI": str(tmp_path), "MODEL_MODE": "follow", "MODEL_POLL_SECONDS": "0.05"}
    service = start(environment).ready()
    assert service.get("/health")[1]["model"] == "test/1"
    point(tmp_path, "2")
    deadline = time.monotonic() + 60
    while service.get("/?uid=7")[1]["model"] != "test/2":
        assert time.monotonic() < deadline
    service.terminate()
    assert service.wait() == 0

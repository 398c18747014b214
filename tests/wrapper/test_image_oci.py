"""Requests to a registry without an account, as a public one allows."""

import http.server
import json
from collections.abc import Iterator

import pytest

from tests.serving import server_of
from wrapper.image import oci

THERE = f"sha256:{'a' * 64}"
PRIVATE = f"sha256:{'b' * 64}"


class Registry(http.server.BaseHTTPRequestHandler):
    """Has one image that anybody with a token may pull, and one that needs an account."""

    server: http.server.HTTPServer

    def do_HEAD(self) -> None:
        if self.headers.get("Authorization") != "Bearer anybody":
            realm = f"http://127.0.0.1:{self.server.server_port}/token"
            self.send_response(401)
            self.send_header("WWW-Authenticate", f'Bearer realm="{realm}",service="here"')
        elif self.path == f"/v2/team/films/manifests/{THERE}":
            self.send_response(200)
        else:
            self.send_response(403 if self.path.endswith(PRIVATE) else 404)
        self.end_headers()

    def do_GET(self) -> None:
        body = json.dumps({"token": "anybody"}).encode()
        self.send_response(200 if "scope=repository%3Ateam%2Ffilms%3Apull" in self.path else 400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def host() -> Iterator[str]:
    with server_of(Registry) as port:
        yield f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("digest", "answer"), [(THERE, "there"), (PRIVATE, "unknown"), (f"sha256:{'0' * 64}", "absent")]
)
def test_a_registry_is_asked_as_anybody(host: str, digest: str, answer: str) -> None:
    """It names where to get a token; with it the answer is present, absent, or not for everybody."""
    assert oci.ask(f"{host}/team/films@{digest}") == answer


def test_a_registry_that_does_not_answer_leaves_it_open() -> None:
    """Nobody listens on port 1, so it is unknown whether the image exists."""
    assert oci.ask(f"127.0.0.1:1/team/films@{THERE}") == "unknown"

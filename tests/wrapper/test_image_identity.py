"""An image's user and volumes, by its Dockerfile and by its configuration."""

import hashlib
import http.server
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import server_of
from wrapper import image
from wrapper.aws.client import Aws
from wrapper.environment import Image
from wrapper.errors import ArtifactError

TMP = "/tmp"
CLONE = Path(__file__).parents[2]


def source(root: Path, text: str, target: str | None = None) -> image.Identity:
    (root / "Dockerfile").write_text(text)
    return image.identity_of_source(Image(context=".", target=target), root=root)


@pytest.mark.parametrize("target", ["train", "serve", None])
def test_our_own_stages_can_write_to_tmp(target: str | None) -> None:
    """Both run as a user that is not root, and need the folder."""
    found = image.identity_of_source(Image(context=".", target=target), root=CLONE)
    assert (found.user, found.can_write_tmp()) == ("10001:10001", True)


@pytest.mark.parametrize(
    ("lines", "writes"),
    [
        ("", True),
        ("USER 0:0", True),
        ("USER root", True),
        ("USER nobody", False),
        ("ARG WHO=1000\nUSER $WHO:1000", False),
        ("USER nobody\nUSER root", True),
        ("USER nobody\nVOLUME /tmp", True),
        ('USER nobody\nVOLUME ["/data", "/tmp/"]', True),
        ("USER nobody\nVOLUME /tmp/models", False),
        ("COPY --chown=1000 nothing.py ./\nUSER nobody\nVOLUME /data /tmp", True),
    ],
)
def test_a_volume_at_tmp_is_for_others_than_root(tmp_path: Path, lines: str, writes: bool) -> None:
    """The last USER counts, and all VOLUMEs; files of the context need not exist."""
    assert source(tmp_path, f"FROM x\n{lines}\n").can_write_tmp() is writes


def test_a_stage_has_what_its_base_declares(tmp_path: Path) -> None:
    """The base may be a stage of the same file; a task definition may name another user."""
    text = "FROM x AS base\nVOLUME /tmp\nFROM base AS app\nUSER 1000\nFROM x AS other\nUSER 1000\n"
    assert source(tmp_path, text, "app").can_write_tmp()
    other = source(tmp_path, text, "other")
    assert (other.can_write_tmp(), other.can_write_tmp("0"), other.can_write_tmp("root:0")) == (
        False,
        True,
        True,
    )


class Registry(http.server.BaseHTTPRequestHandler):
    """Returns blobs and manifests by digest to clients with a token."""

    server: http.server.HTTPServer
    contents: dict[str, bytes] = {}  # noqa: RUF012 - one registry at a time

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        if self.path.startswith("/token"):
            self._send(200, b'{"token": "anybody"}')
        elif self.headers.get("Authorization") != "Bearer anybody":
            realm = f"http://127.0.0.1:{self.server.server_port}/token"
            self._send(401, b"", {"WWW-Authenticate": f'Bearer realm="{realm}",service="here"'})
        else:
            content = self.contents.get(self.path.rpartition("/")[2])
            self._send(200 if content else 404, content or b"")

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def registry() -> Iterator[str]:
    Registry.contents.clear()
    with server_of(Registry) as port:
        yield f"127.0.0.1:{port}"


def keep(document: object) -> dict[str, object]:
    """Put a document into the registry; return a reference to it."""
    content = json.dumps(document).encode()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    Registry.contents[digest] = content
    return {"digest": digest, "size": len(content)}


@pytest.mark.parametrize(
    ("config", "identity"),
    [
        ({"User": "nonroot", "Volumes": {TMP: {}}}, image.Identity(user="nonroot", volumes=frozenset({TMP}))),
        ({}, image.Identity(user="", volumes=frozenset())),
        (None, image.Identity(user="", volumes=frozenset())),
    ],
)
def test_an_image_of_somebody_else_is_read_in_its_registry(
    registry: str, config: object, identity: image.Identity
) -> None:
    """This needs no account; the image has several platforms."""
    manifest = keep({"config": keep({"architecture": "amd64", "config": config}), "layers": []})
    index = keep({"manifests": [manifest]})
    assert (
        image.identity_of_reference(Aws(region="eu-west-1"), f"{registry}/team/films@{index['digest']}")
        == identity
    )


def test_an_image_that_is_not_there_cannot_be_read(registry: str) -> None:
    """The caller decides what that means."""
    with pytest.raises(ArtifactError):
        image.identity_of_reference(Aws(region="eu-west-1"), f"{registry}/team/films@sha256:{'0' * 64}")

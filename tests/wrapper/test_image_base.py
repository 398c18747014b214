"""The digest of the image's base: read from a local registry, written into a Dockerfile."""

import hashlib
import http.server
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.serving import server_of
from wrapper.errors import ArtifactError
from wrapper.image import base, dockerfile

ROOT = Path(__file__).parents[2]
INDEX = "application/vnd.oci.image.index.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@dataclass
class Tags:
    """The registry's tags; `lies` is a digest that does not match the bytes."""

    host: str = ""
    content: dict[str, bytes] = field(default_factory=dict)
    lies: str = ""


@pytest.fixture
def tags() -> Iterator[Tags]:
    held = Tags(content={"3.13-slim": b'{"schemaVersion": 2, "manifests": []}'})

    class Registry(http.server.BaseHTTPRequestHandler):
        """Gives manifests to clients with a token, and tokens to anybody, as Docker Hub does."""

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            found = held.content.get(path.removeprefix("/v2/library/python/manifests/"))
            if path == "/token":
                allowed = "scope=repository%3Alibrary%2Fpython%3Apull" in query
                self._answer(200 if allowed else 403, json.dumps({"token": "anybody"}).encode())
            elif self.headers.get("Authorization") != "Bearer anybody":
                realm = f'Bearer realm="http://{held.host}/token",service="here"'
                self._answer(401, b"", **{"WWW-Authenticate": realm})
            elif found is None:
                self._answer(404, b"manifest unknown")
            else:
                assert INDEX in self.headers["Accept"]
                self._answer(200, found, **{"Docker-Content-Digest": held.lies or digest_of(found)})

        def _answer(self, status: int, body: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), "Content-Type": INDEX, **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with server_of(Registry) as port:
        held.host = f"127.0.0.1:{port}"
        yield held


@pytest.fixture
def file(tags: Tags, tmp_path: Path) -> Path:
    """The clone's Dockerfile, with its base in the local registry."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    found = base.read(ROOT / "Dockerfile")
    written = f"ARG BASE={found.tagged}" + (f"@{found.digest}" if found.digest else "")
    path = tmp_path / "Dockerfile"
    path.write_text(text.replace(written, f"ARG BASE={tags.host}/library/python:3.13-slim"))
    return path


def test_the_tag_is_pinned(file: Path, tags: Tags, capsys: pytest.CaptureFixture[str]) -> None:
    """One line gets the digest of the actual bytes; a pinned one can be compared and pinned again."""
    before = file.read_text("utf-8").splitlines()
    base.main([], file)
    digest = digest_of(tags.content["3.13-slim"])
    changed = [
        new for old, new in zip(before, file.read_text("utf-8").splitlines(), strict=True) if old != new
    ]
    assert changed == [f"ARG BASE={tags.host}/library/python:3.13-slim@{digest}"]
    base.main(["--check"], file)
    base.main(["--compare"], file)
    base.main([], file)
    [pinned, compared, again] = capsys.readouterr().out.splitlines()
    assert pinned.endswith(digest)
    assert compared.endswith("as in Dockerfile")
    assert again.endswith(", as before")


def test_a_pinned_dockerfile_still_makes_an_image(file: Path) -> None:
    """The wrapper's own parser recognises the stage."""
    base.main([], file)
    settings = dockerfile.read_settings(file.read_text("utf-8"), name="Dockerfile", target="serve")
    assert settings.user == "10001:10001"


def test_a_tag_that_has_moved_is_told(file: Path, tags: Tags) -> None:
    """The message has the new digest, and the command that updates it."""
    base.main([], file)
    tags.content["3.13-slim"] = b'{"schemaVersion": 2, "manifests": [], "newer": true}'
    with pytest.raises(SystemExit, match=digest_of(tags.content["3.13-slim"])) as told:
        base.main(["--compare"], file)
    assert str(told.value).endswith("fix: make base")
    base.main([], file)
    base.main(["--compare"], file)


def test_a_base_without_a_digest_is_noted(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the registry nobody knows it, so no check fails; the comparison does."""
    base.main(["--check"], file)
    assert "is named by its tag alone; `make base` adds its digest." in capsys.readouterr().out
    with pytest.raises(SystemExit, match="got no digest"):
        base.main(["--compare"], file)


def test_other_bytes_than_the_registry_says_are_refused(file: Path, tags: Tags) -> None:
    """The Dockerfile is unchanged."""
    before = file.read_text("utf-8")
    tags.lies = f"sha256:{'0' * 64}"
    with pytest.raises(ArtifactError, match="must be sha256:0000"):
        base.main([], file)
    assert file.read_text("utf-8") == before


def test_a_tag_that_is_gone_is_told(file: Path, tags: Tags) -> None:
    """The message has the registry's own words."""
    tags.content.clear()
    with pytest.raises(ArtifactError, match=r"refused GET .*3\.13-slim with 404: manifest unknown"):
        base.main([], file)


def test_a_dockerfile_without_the_argument_is_told(tmp_path: Path) -> None:
    """It may be a user's own file."""
    path = tmp_path / "Dockerfile"
    path.write_text("FROM python:3.13-slim\n")
    with pytest.raises(ArtifactError, match="must have a line ARG BASE="):
        base.main(["--check"], path)


@pytest.mark.parametrize("arguments", [["--force"], ["--check", "--compare"]])
def test_wrong_words_are_answered_by_the_usage(arguments: list[str]) -> None:
    """Nothing is read or written."""
    with pytest.raises(SystemExit, match=r"python -m wrapper\.image\.base"):
        base.main(arguments)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("python:3.13-slim", ("python", "3.13-slim", None)),
        ("host.example:5000/team/python", ("host.example:5000/team/python", "latest", None)),
        (f"quay.io/a/b:1@sha256:{'a' * 64}", ("quay.io/a/b", "1", f"sha256:{'a' * 64}")),
    ],
)
def test_a_base_is_read(tmp_path: Path, line: str, expected: tuple[str, str, str | None]) -> None:
    """A colon may also be that of a port."""
    path = tmp_path / "Dockerfile"
    path.write_text(f"ARG BASE={line}\nFROM ${{BASE}}\n")
    found = base.read(path)
    assert (found.name, found.tag, found.digest) == expected

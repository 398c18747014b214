import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from emulator.runtime.image import CannotPull, Images, NotAProcessImage
from wrapper.image.process_format import KIND

REPOSITORY = "000000000000.dkr.ecr.eu-west-1.amazonaws.com/app"


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def tar(name: str, content: bytes = b"print('hello')\n") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Registry:
    """A registry whose answers a test decides."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def hold(self, layer: bytes, *, labels: dict[str, str] | None = None, tag: str = "one") -> str:
        """Hold an image of one layer and return its reference by digest."""
        config = json.dumps(
            {"config": {"Cmd": ["python"], "WorkingDir": "/app", "Labels": labels or {}}}
        ).encode()
        manifest = json.dumps(
            {"config": {"digest": digest(config)}, "layers": [{"digest": digest(layer)}]}
        ).encode()
        for body in (config, layer):
            self.bodies[f"/v2/app/blobs/{digest(body)}"] = body
        for name in (tag, digest(manifest)):
            self.bodies[f"/v2/app/manifests/{name}"] = manifest
        return f"{REPOSITORY}@{digest(manifest)}"


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def images(registry: Registry, tmp_path: Path) -> Iterator[Images]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = registry.bodies.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield Images(
        endpoint_url=f"http://127.0.0.1:{server.server_address[1]}", password="x", folder=tmp_path / "images"
    )
    server.shutdown()
    server.server_close()


def test_image_by_digest_and_by_tag(registry: Registry, images: Images) -> None:
    """Both references give the same unpacked image."""
    reference = registry.hold(tar("app/run.py"), labels={KIND: "1"})
    image = images.pull(reference)
    assert images.pull(f"{REPOSITORY}:one") == image
    assert image.digest == images.digest(reference) == reference.partition("@")[2]
    assert (image.tree / "app/run.py").read_text() == "print('hello')\n"
    assert (image.command, image.working_folder) == (("python",), "/app")


@pytest.mark.parametrize(
    "reference", [f"{REPOSITORY}:two", f"{REPOSITORY}@sha256:{'0' * 64}", "nginx", "a/b:c"]
)
def test_image_that_is_not_there(registry: Registry, images: Images, reference: str) -> None:
    """Whatever can't be found gives ECS's words with the reference."""
    registry.hold(tar("app/run.py"), labels={KIND: "1"})
    with pytest.raises(CannotPull, match=f"failed to resolve ref {reference}: {reference}: not found"):
        images.pull(reference)


def test_damaged_manifest(registry: Registry, images: Images) -> None:
    """A manifest that isn't what its digest says is refused."""
    reference = registry.hold(tar("app/run.py"), labels={KIND: "1"})
    registry.bodies[f"/v2/app/manifests/{reference.partition('@')[2]}"] += b" "
    with pytest.raises(CannotPull, match="failed to verify sha256"):
        images.pull(reference)


def test_damaged_layer(registry: Registry, images: Images) -> None:
    """A layer that isn't what its digest says is refused, and nothing of it is kept."""
    layer = tar("app/run.py")
    reference = registry.hold(layer, labels={KIND: "1"})
    registry.bodies[f"/v2/app/blobs/{digest(layer)}"] = tar("app/run.py", b"print('bye')\n")
    with pytest.raises(CannotPull, match="failed to verify sha256"):
        images.pull(reference)


@pytest.mark.parametrize("name", ["../out.py", "/out.py", "a/../../out.py"])
def test_layer_that_points_out_of_the_image(
    registry: Registry, images: Images, tmp_path: Path, name: str
) -> None:
    """No layer can write outside its folder."""
    reference = registry.hold(tar(name), labels={KIND: "1"})
    with pytest.raises(CannotPull, match=r"out\.py points out of the image"):
        images.pull(reference)
    assert not list(tmp_path.rglob("out.py"))


def test_layer_that_is_no_tar(registry: Registry, images: Images) -> None:
    """A layer that can't be unpacked gives a reason."""
    reference = registry.hold(b"not a tar", labels={KIND: "1"})
    with pytest.raises(CannotPull, match="failed to extract a layer"):
        images.pull(reference)


def test_image_of_a_container(registry: Registry, images: Images) -> None:
    """A container's image is told apart: it can't run as a process."""
    reference = registry.hold(tar("app/run.py"))
    with pytest.raises(NotAProcessImage, match="is a container image"):
        images.pull(reference)

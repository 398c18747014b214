import gzip
import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
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
    """A registry whose answers a test sets."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def hold(self, layer: bytes, *, labels: dict[str, str] | None = None, tag: str = "one") -> str:
        """Store an image of one layer and return its reference by digest."""
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
        endpoint_url=f"http://127.0.0.1:{server.server_address[1]}",
        password="x",
        folder=tmp_path / "images",
        packages=tmp_path / "packages",
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
    """Each cause gives ECS's own message with the reference."""
    registry.hold(tar("app/run.py"), labels={KIND: "1"})
    with pytest.raises(CannotPull, match=f"failed to resolve ref {reference}: {reference}: not found"):
        images.pull(reference)


def test_damaged_manifest(registry: Registry, images: Images) -> None:
    """A manifest that does not match its digest is refused."""
    reference = registry.hold(tar("app/run.py"), labels={KIND: "1"})
    registry.bodies[f"/v2/app/manifests/{reference.partition('@')[2]}"] += b" "
    with pytest.raises(CannotPull, match="failed to verify sha256"):
        images.pull(reference)


def test_damaged_layer(registry: Registry, images: Images) -> None:
    """A layer that does not match its digest is refused, and nothing of it is kept."""
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
    """A layer that can't be unpacked gives the reason."""
    reference = registry.hold(b"not a tar", labels={KIND: "1"})
    with pytest.raises(CannotPull, match="failed to extract a layer"):
        images.pull(reference)


def layer_of(*members: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(bytes(member.size)))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, *, said: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, said
    return made


def bomb() -> bytes:
    """Return a file of 64 MB that is compressed to a few KB."""
    return gzip.compress(tar("app/run.py", bytes(64 * 2**20)))


def sparse() -> bytes:
    """Return an archive that declares a long file without any bytes."""
    long = tarfile.TarInfo("app/run.py")
    long.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.size": str(2**40), "GNU.sparse.map": "0,0"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(long)
    return buffer.getvalue()


def cut() -> bytes:
    return tar("app/run.py", b"x" * 5000)[:2000]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (bomb, ""),
        (sparse, "must be no longer than its layer"),
        (
            partial(layer_of, member("a/hard", tarfile.LNKTYPE, said="/etc/passwd")),
            "must be a file, a folder",
        ),
        (partial(layer_of, member("a/device", tarfile.CHRTYPE)), "must be a file, a folder"),
        (partial(layer_of, member("a/fifo", tarfile.FIFOTYPE)), "must be a file, a folder"),
        (partial(layer_of, member("a"), member("a/b")), "a"),
        (partial(layer_of, member("a/b"), member("a")), "a"),
        (partial(layer_of, member("x" * 300)), "File name too long"),
        (partial(layer_of, member("l", tarfile.SYMTYPE, said="gone"), member("l/b")), "l"),
        (cut, ""),
    ],
    ids=["bomb", "sparse", "hard", "device", "fifo", "below-file", "over-folder", "long", "dangling", "cut"],
)
def test_odd_layer(
    registry: Registry, images: Images, tmp_path: Path, make: Callable[[], bytes], reason: str
) -> None:
    """A layer that no process image contains is refused in one line, uses no disk space, and is deleted."""
    reference = registry.hold(make(), labels={KIND: "1"})
    with pytest.raises(CannotPull, match=f"failed to extract a layer .*{reason}"):
        images.pull(reference)
    assert list((tmp_path / "images").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "said"),
    [("a/up", "../../../../etc"), ("a/far", "/etc"), ("a/round", "in/../../../etc"), ("top", "..")],
)
def test_link_never_leads_out_of_the_image(registry: Registry, images: Images, name: str, said: str) -> None:
    """Links are resolved inside the image's root, also through other links, and for what is written."""
    links = [member("a/in", tarfile.SYMTYPE, said="."), member(name, tarfile.SYMTYPE, said=said)]
    reference = registry.hold(layer_of(*links, member("a/in/written")), labels={KIND: "1"})
    tree = images.pull(reference).tree
    assert (tree / name).is_symlink()
    assert (tree / name).resolve().is_relative_to(tree.resolve())
    assert (tree / "a" / "written").is_file()


@pytest.mark.parametrize(
    "manifest",
    [b"null", b"[]", b"{}", b"{", b'{"config": {"digest": 1}, "layers": []}', b'{"manifests": []}', b"\xff"],
)
def test_odd_manifest(registry: Registry, images: Images, manifest: bytes) -> None:
    """A manifest that describes no image is reported as that."""
    registry.bodies["/v2/app/manifests/odd"] = manifest
    with pytest.raises(CannotPull, match=r"must be an image with its configuration|not found"):
        images.pull(f"{REPOSITORY}:odd")


def test_image_of_a_container(registry: Registry, images: Images) -> None:
    """A container's image is recognised: it can't run as a process."""
    reference = registry.hold(tar("app/run.py"))
    with pytest.raises(NotAProcessImage, match="is a container image"):
        images.pull(reference)

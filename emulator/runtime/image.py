"""Pull process images from the sandbox's registry: by tag or digest, verified, unpacked once.

wrapper/image/process_image.py writes the format: an OCI image with one uncompressed layer of plain files.
"""

import hashlib
import http.client
import json
import os
import re
import sys
import threading
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.runtime.tree import write as tree_of

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
# Only process images have this label.
KIND = "process-image.format"
# Labels: the key of its Python packages, and the folders into which Docker would install them.
PACKAGES, PLACES = "process-image.packages", "process-image.places"
_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_REFERENCE = re.compile(
    r"(?P<registry>[^/]+)/(?P<name>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class CannotPull(Exception):
    """The image doesn't exist or doesn't have its digest; the text is ECS's reason."""


class NotAProcessImage(Exception):
    """The image is a container image, which can't run without a container engine."""


@dataclass(frozen=True, kw_only=True)
class Image:
    """An unpacked image: `tree` is the container's root folder, `packages` its virtual environment.

    `packages` None means the clone's own environment.
    """

    digest: str
    tree: Path
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    working_folder: str
    stop_signal: str
    packages: Path | None = None

    def path(self, clones: str) -> str:
        """Return the PATH of its processes; `clones` is that of images without packages of their own."""
        return f"{self.packages / 'bin'}:{os.defpath}" if self.packages else clones


class Images:
    """The images of one sandbox, unpacked under `folder`; their Python packages are under `packages`."""

    def __init__(self, *, endpoint_url: str, password: str, folder: Path, packages: Path) -> None:
        self._endpoint_url = endpoint_url
        self._login = f"Basic {b64encode(f'AWS:{password}'.encode()).decode()}"
        self._folder = folder
        self._packages = packages
        self._lock = threading.Lock()
        self._known: dict[str, Image] = {}

    def digest(self, reference: str) -> str:
        """Return the digest that the registry has for a reference; raises CannotPull."""
        name, wanted = _parse(reference)
        return _digest(self._manifest(reference, name, wanted))

    def pull(self, reference: str) -> Image:
        """Return the image, unpacked. Raises CannotPull or NotAProcessImage."""
        name, wanted = _parse(reference)
        manifest = self._manifest(reference, name, wanted)
        with self._lock:
            digest = _digest(manifest)
            if digest not in self._known:
                self._known[digest] = self._unpack(reference, name, manifest, digest)
            return self._known[digest]

    def _manifest(self, reference: str, name: str, wanted: str) -> bytes:
        body = self._get(reference, f"/v2/{name}/manifests/{wanted}")
        if wanted.startswith("sha256:"):
            _verify(reference, body, wanted)
        return body

    def _unpack(self, reference: str, name: str, manifest: bytes, digest: str) -> Image:
        try:
            return self._unpacked(reference, name, json.loads(manifest), digest)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            told = f"{type(error).__name__}: {error}"
            raise CannotPull(f"{reference} must be an image with its configuration, got {told}") from None

    def _unpacked(self, reference: str, name: str, manifest: Mapping[str, Any], digest: str) -> Image:
        config = json.loads(self._blob(reference, name, manifest["config"]["digest"]))["config"]
        labels = config.get("Labels") or {}
        if KIND not in labels:
            raise NotAProcessImage(
                f"{reference} is a container image; this sandbox runs tasks as local processes"
            )
        tree = self._folder / digest.removeprefix("sha256:")
        layers = [self._blob(reference, name, layer["digest"]) for layer in manifest["layers"]]
        packages = self._packages_of(reference, labels.get(PACKAGES))
        self._write(reference, layers, tree)
        for place in labels.get(PLACES, "").split() if packages else ():
            _link(tree / place.lstrip("/"), packages)
        return Image(
            digest=digest,
            tree=tree,
            entrypoint=tuple(config.get("Entrypoint") or ()),
            command=tuple(config.get("Cmd") or ()),
            environment=dict(entry.split("=", 1) for entry in config.get("Env") or ()),
            working_folder=config.get("WorkingDir") or "/",
            stop_signal=config.get("StopSignal") or "SIGTERM",
            packages=packages,
        )

    def _packages_of(self, reference: str, key: str | None) -> Path | None:
        if key is None:
            return None
        packages = self._packages / f"{key}-{sys.version_info.major}.{sys.version_info.minor}"
        if not (packages / "installed").is_file():
            raise CannotPull(f"{reference}: its Python packages are missing from {packages}; apply again")
        return packages

    def _write(self, reference: str, layers: list[bytes], tree: Path) -> None:
        try:
            tree_of(layers, tree)
        except ValueError as error:
            raise CannotPull(f"failed to extract a layer of {reference}: {error}") from None

    def _blob(self, reference: str, name: str, digest: str) -> bytes:
        body = self._get(reference, f"/v2/{name}/blobs/{digest}")
        _verify(reference, body, digest)
        return body

    def _get(self, reference: str, path: str) -> bytes:
        headers = {"Accept": f"{MANIFEST}, {_DOCKER_MANIFEST}", "Authorization": self._login}
        request = urllib.request.Request(self._endpoint_url + path, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=30) as reply:
                body: bytes = reply.read()
                return body
        except (urllib.error.HTTPError, OSError, http.client.HTTPException):
            raise _not_found(reference) from None


def _link(place: Path, packages: Path | None) -> None:
    if packages and not os.path.lexists(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(packages)


def _parse(reference: str) -> tuple[str, str]:
    """Return the repository and the tag or digest. Raises CannotPull for a registry of others."""
    match = _REFERENCE.fullmatch(reference)
    if not match or ".dkr.ecr." not in match["registry"]:
        raise _not_found(reference)
    return match["name"], match["digest"] or match["tag"] or "latest"


def _not_found(reference: str) -> CannotPull:
    return CannotPull(
        "pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {reference}: {reference}: not found"
    )


def _verify(reference: str, body: bytes, digest: str) -> None:
    if _digest(body) != digest:
        raise CannotPull(f"{reference}: failed to verify {digest}: the registry sent {_digest(body)}")


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"

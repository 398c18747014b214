"""The user and the volumes of an image, which decide whether it can write to /tmp.

On Fargate a volume belongs to root with mode 0755. If the image declares a volume at the same path, it gets
the folder's owner and mode. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
"""

import json
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from wrapper.aws.client import Aws
from wrapper.environment import Image, resolve
from wrapper.image import dockerfile
from wrapper.image.oci import Repository, repository_of
from wrapper.image.registry import login_of, place_of

_ROOTS = frozenset({"", "0", "root"})


@dataclass(frozen=True, kw_only=True)
class Identity:
    """`user` is that of USER, "" without one, which means root unless the base has another."""

    user: str
    volumes: frozenset[str]

    def can_write_tmp(self, user: str | None = None) -> bool:
        """Return whether `user`, by default the image's own, can write to a volume at /tmp on Fargate."""
        name = (self.user if user is None else user).partition(":")[0]
        return name in _ROOTS or any(each.rstrip("/") == "/tmp" for each in self.volumes)


def of_source(image: Image, *, root: Path) -> Identity:
    """Read the Dockerfile of an image that is built here. Raises ArtifactError, OSError."""
    file = resolve(image.context, root=root) / image.dockerfile
    stage = dockerfile.read_settings(file.read_text("utf-8"), name=image.dockerfile, target=image.target)
    return Identity(user=stage.user, volumes=stage.volumes)


def of_reference(aws: Aws, reference: str) -> Identity:
    """Read the configuration of an image by digest; of several platforms, that of the first.

    Registries other than ECR are read anonymously. Raises ArtifactError.
    """
    url, _, digest = reference.partition("@")
    if place := place_of(reference):
        login = login_of(aws.in_region(place.region), repository_url=url)
        repository = Repository(f"https://{login.registry}", place.repository, password=login.password)
    else:
        repository = repository_of(reference)
        repository.ask(digest)  # gets the token for anonymous users
    return read(repository, digest)


def read(repository: Repository, digest: str) -> Identity:
    """Read the configuration of an image, and close the repository. Raises ArtifactError."""
    with closing(repository):
        manifest = repository.manifest(digest)
        if manifest.manifests:
            manifest = repository.manifest(manifest.manifests[0])
        content = BytesIO()
        repository.read_blob(manifest.blobs[0][0], content)
    config: dict[str, Any] = json.loads(content.getvalue()).get("config") or {}
    return Identity(user=config.get("User") or "", volumes=frozenset(config.get("Volumes") or ()))

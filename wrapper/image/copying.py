"""Copy an image from one repository to another, byte for byte, so that its digest stays the same."""

import tempfile
from collections.abc import Callable
from contextlib import closing
from typing import NamedTuple

from wrapper.aws.client import Aws
from wrapper.environment.release import repository_name
from wrapper.errors import ArtifactError
from wrapper.image.oci import Repository
from wrapper.image.registry import digest_of, holds, login_of, tags_of

Progress = Callable[[str], None]

# Larger blobs are on disk, not in memory, between download and upload.
_SPOOLED_BYTES = 32 << 20


class Side(NamedTuple):
    """One side of a copy: the AWS client, and a sandbox's registry as `host:port`; None means ECR."""

    aws: Aws
    registry: str | None


def copy_image(source: Side, target: Side, *, reference: str, repository_url: str, progress: Progress) -> str:
    """Copy `<repository>@<digest>` with its tag; return the copy's reference. Raises ArtifactError.

    What the target has already is not copied again. The copy needs a tag, because ECR's lifecycle policy
    would expire an untagged image as a broken push.
    """
    url, _, digest = reference.partition("@")
    copied = f"{repository_url}@{digest}"
    tag = _free_tag(target.aws, repository_url, digest, tags_of(source.aws, reference=reference))
    if tag is None:
        progress(f"{digest} is already in {repository_url}")
        return copied
    with (
        closing(repository_at(source, url)) as origin,
        closing(repository_at(target, repository_url)) as destination,
    ):
        _copy(origin, destination, digest, under=tag, progress=progress)
    if not holds(target.aws, reference=copied):
        raise ArtifactError(f"{copied} is missing from its repository after the copy.")
    return copied


def repository_at(side: Side, repository_url: str) -> Repository:
    """Return a repository of this side, signed in."""
    login = login_of(side.aws, repository_url=repository_url, registry=side.registry)
    scheme = "http" if side.registry else "https"
    name = repository_name(repository_url)
    return Repository(f"{scheme}://{login.registry}", name, password=login.password)


def _free_tag(aws: Aws, repository_url: str, digest: str, tags: list[str]) -> str | None:
    """Return the tag to copy under; None if the target has the image under one. Tags never move."""
    named = [*tags, f"copy-{digest.removeprefix('sha256:')[:16]}"]
    taken = {tag: digest_of(aws, repository_url=repository_url, tag=tag) for tag in named}
    if digest in taken.values():
        return None
    return next(tag for tag, other in taken.items() if other is None)


def _copy(
    origin: Repository, destination: Repository, digest: str, *, under: str, progress: Progress
) -> None:
    """Copy a manifest after everything that it refers to: a registry refuses the other order."""
    manifest = origin.manifest(digest)
    for platform in manifest.manifests:
        _copy(origin, destination, platform, under=platform, progress=progress)
    for number, (blob, size) in enumerate(manifest.blobs, start=1):
        progress(f"{size / 2**20:.1f} MiB ({number} of {len(manifest.blobs)})")
        if not destination.has_blob(blob):
            with tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES) as spool:
                origin.read_blob(blob, spool)
                spool.seek(0)
                destination.write_blob(blob, spool)
    destination.put_manifest(manifest, under)

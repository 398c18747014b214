"""Upload an artefact from a folder to S3, whole or not at all and never over another, and set the pointer."""

import hashlib
import json
from pathlib import Path

from service.artifact_format import MANIFEST, parse_manifest
from service.errors import ArtifactError, MissingError
from service.loading import POINTER
from service.s3 import S3Store
from service.settings import StoreSettings
from service.store import open_store
from service.transfer import check_sha256, check_size, joined


def publish(directory: Path, location: str, settings: StoreSettings) -> str:
    """Upload a version to `s3://bucket/…/<name>/<version>` and return its manifest's sha256.

    The manifest goes last, so a reader never sees half a model. A file that exists in S3 with the same
    content is skipped, so an interrupted upload may be repeated. Raises FileExistsError if the version is
    published already, ArtifactError if a file in S3 or in the folder is not the manifest's, and StoreError if
    S3 cannot be read or written.
    """
    store = _remote(location, settings)
    content = (directory / MANIFEST).read_bytes()
    manifest = parse_manifest(content)
    if _manifest(store) is not None:
        raise FileExistsError(f"{store.location} exists already; a model version never changes.")
    for name, entry in manifest.files.items():
        body = (directory / name).read_bytes()
        check_size(name, len(body), entry)
        check_sha256(name, hashlib.sha256(body).hexdigest(), entry)
        try:
            store.create(name, body)
        except FileExistsError:
            if store.read(name, limit=2**40) != body:
                where = joined(store.location, name)
                raise ArtifactError(f"{where} must not exist with other content, got another file.") from None
    store.create(MANIFEST, content)
    return hashlib.sha256(content).hexdigest()


def published(location: str, settings: StoreSettings) -> str | None:
    """Return the sha256 of the manifest at `location`; None if no version is published there."""
    content = _manifest(_remote(location, settings))
    return None if content is None else hashlib.sha256(content).hexdigest()


def point(location: str, version: str, sha256: str, settings: StoreSettings) -> None:
    """Set the pointer at `s3://bucket/…/<name>` to a published version, which following servers then load.

    `sha256` is that of its manifest. Raises StoreError if S3 cannot be written.
    """
    pointer = {"version": version, "manifest_sha256": sha256}
    _remote(location, settings).replace(POINTER, json.dumps(pointer).encode())


def _remote(location: str, settings: StoreSettings) -> S3Store:
    store = open_store(location, settings)
    if not isinstance(store, S3Store):
        raise ArtifactError(f"a model must be published to s3://bucket/prefix, got {location!r}.")
    return store


def _manifest(store: S3Store) -> bytes | None:
    try:
        return store.read(MANIFEST)
    except MissingError:
        return None

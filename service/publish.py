"""Upload an artefact from a folder to S3: whole or not at all, never over another. Point followers to it."""

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

    The manifest goes last, so a reader never sees half a model. Files that are there already with the same
    content are left, so an interrupted upload may be repeated; one that differs raises ArtifactError,
    a second manifest FileExistsError; so does ArtifactError of a file here that is not the manifest's.
    StoreError says that S3 could not be written.
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
                raise ArtifactError(f"{where} must be the file of this model or none, got another.") from None
    store.create(MANIFEST, content)
    return hashlib.sha256(content).hexdigest()


def published(location: str, settings: StoreSettings) -> str | None:
    """Return the sha256 of the manifest of the version at `location`; None if there is none."""
    content = _manifest(_remote(location, settings))
    return None if content is None else hashlib.sha256(content).hexdigest()


def point(location: str, version: str, sha256: str, settings: StoreSettings) -> None:
    """Let the followers of the model at `s3://bucket/…/<name>` serve a version that is published."""
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

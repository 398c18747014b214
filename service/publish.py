"""Upload an artefact from a folder to S3: whole or not at all, never over another."""

import hashlib
from pathlib import Path

from service.artifact_format import MANIFEST, parse_manifest
from service.errors import ArtifactError, MissingError
from service.s3 import S3Store
from service.settings import StoreSettings
from service.store import joined, open_store


def publish(directory: Path, location: str, settings: StoreSettings) -> str:
    """Upload a version to `s3://bucket/…/<name>/<version>` and return its manifest's sha256.

    The manifest goes last, so a reader never sees half a model. Files that are there already with the same
    content are left, so an interrupted upload may be repeated; one that differs raises ArtifactError,
    a second manifest FileExistsError. StoreError says that S3 could not be written.
    """
    store = open_store(location, settings)
    if not isinstance(store, S3Store):
        raise ArtifactError(f"a model must be published to s3://bucket/prefix, got {location!r}.")
    content = (directory / MANIFEST).read_bytes()
    manifest = parse_manifest(content)
    if _exists(store):
        raise FileExistsError(f"{store.location} exists already; a model version never changes.")
    for name, entry in manifest.files.items():
        try:
            store.create(name, (directory / name).read_bytes())
        except FileExistsError:
            if hashlib.sha256(store.read(name)).hexdigest() != entry.sha256:
                where = joined(store.location, name)
                raise ArtifactError(f"{where} must be the file of this model or none, got another.") from None
    store.create(MANIFEST, content)
    return hashlib.sha256(content).hexdigest()


def _exists(store: S3Store) -> bool:
    try:
        store.read(MANIFEST)
    except MissingError:
        return False
    return True

"""`python -m service.fetch FOLDER`: fetch a model of any kind into a folder, and verify every file.

It runs in a sidecar that ends before the service's container starts, and reads the same variables: MODEL_URI,
MODEL_SHA256, MODEL_MODE. Exit codes: 0 done, 1 if the model cannot be read or written, 2 for wrong settings.
"""

import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, TextIO

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from service.artifact_format import MANIFEST, FileEntry, Sha256
from service.errors import ArtifactError, DiskError, ServiceError, SettingsError
from service.loading import read_pointer
from service.log import configure, logger
from service.settings import Settings
from service.store import Store, open_store
from service.transfer import joined


def _within(path: str) -> str:
    """Accept a path only if it is below the folder, whatever the manifest says."""
    if {"", ".", ".."} & set(path.split("/")) or PurePosixPath(path) == PurePosixPath(MANIFEST):
        raise ValueError("must be a path below the folder")
    return path


class _Pin(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    sha256: Sha256
    bytes: Annotated[int, Field(ge=0)]


class _Pins(BaseModel):
    """The part that every model's manifest has; the rest depends on the kind of model."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    files: Mapping[Annotated[str, AfterValidator(_within)], _Pin]


def fetch(settings: Settings, folder: Path) -> str:
    """Fetch the pinned model, or the one that the pointer names now; return its manifest's sha256.

    The manifest is written last. Raises ArtifactError for a file that is not as it was published, StoreError
    if one cannot be read, DiskError if the folder cannot be written.
    """
    # Temporary files are in the folder, too: it has room, and the rest of the container may be read-only.
    store = open_store(settings.model_uri, settings.store.model_copy(update={"cache_dir": folder}))
    prefix, wanted = "", settings.model_sha256
    if settings.model_mode == "follow":
        pointer = read_pointer(store)
        prefix, wanted = pointer.version, pointer.manifest_sha256
    content = store.read(joined(prefix, MANIFEST))
    found = hashlib.sha256(content).hexdigest()
    if wanted is not None and found != wanted:
        raise ArtifactError(f"{MANIFEST} must have the sha256 {wanted}, got {found}.")
    try:
        for name, pin in _pins(content).items():
            _write(store, prefix, name, pin, folder / name)
        (folder / MANIFEST).write_bytes(content)
    except OSError as error:
        raise DiskError(f"{folder} must be a folder that can be written: {error.strerror}.") from None
    return found


def _pins(content: bytes) -> Mapping[str, _Pin]:
    try:
        return _Pins.model_validate_json(content).files
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        path = ".".join(str(part) for part in problem["loc"]) or "content"
        raise ArtifactError(f"{MANIFEST}: {path} is wrong: {problem['msg']}.") from None


def _write(store: Store, prefix: str, name: str, pin: _Pin, place: Path) -> None:
    """Fetch and write one file. One at a time, so that the disk holds at most one of them twice."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if not pin.bytes:  # an empty file cannot be mapped
        place.write_bytes(b"")
        return
    entry = FileEntry(sha256=pin.sha256, bytes=pin.bytes)
    with store.fetch(prefix, {name: entry})[name] as content:
        place.write_bytes(content)


def main(words: Sequence[str], environment: Mapping[str, str], log: TextIO = sys.stdout) -> int:
    """Fetch the model into the folder that `words` names, and return the exit code."""
    configure(log)
    try:
        if len(words) != 1:
            raise SettingsError(f"fetch must get one folder, got {len(words)} words.")
        settings = Settings.from_environment(environment)
        sha256 = fetch(settings, Path(words[0]))
    except ServiceError as error:
        logger.error("model_not_fetched", extra={"fields": {"error": error.code, "message": error.message}})
        return 2 if isinstance(error, SettingsError) else 1
    fields = {"model_uri": settings.model_uri, "model_sha256": sha256, "folder": words[0]}
    logger.info("model_fetched", extra={"fields": fields})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))

"""A model on disk: files and the manifest.json that lists and pins each of them.

A trainer writes both; for any other file or folder, the manifest is made here from its bytes.
"""

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError

MANIFEST = "manifest.json"

# A name is part of an S3 key and of a URL: no slashes, no leading dot.
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
# S3 allows 1,024 bytes for a whole key.
_LONGEST_PATH = 512
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _within(path: str) -> str:
    """Accept a path only if it is below its folder, whatever the manifest's author wrote."""
    parts = path.split("/")
    if not path.isprintable() or len(path.encode()) > _LONGEST_PATH or {"", ".", ".."} & set(parts):
        raise ValueError("must be a printable path below the folder")
    return path


_Path = Annotated[str, AfterValidator(_within)]


class Pin(BaseModel):
    """The size and the hash that a file must have."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sha256: _Sha256
    bytes: Annotated[int, Field(ge=0)]


class Manifest(BaseModel):
    """The part of manifest.json that publishing uses; the rest belongs to the service."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: _Name
    version: _Name
    files: Annotated[Mapping[_Path, Pin], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True)
class Artifact:
    folder: Path
    manifest: Manifest
    manifest_bytes: bytes

    @property
    def identity(self) -> ModelVersion:
        return identity_of(self.manifest, self.manifest_bytes)


def read(folder: Path, *, only: Collection[str] = ()) -> Artifact:
    """Read and verify a model's folder: every file exists, with the manifest's size and sha256.

    With `only` it is these files, which the manifest must list, and no others.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ArtifactError(
            f"{folder} must be a trained model's folder with a {MANIFEST}, got none.",
            fix="name it, and it is published as it is: python -m wrapper model publish ENV PATH --name NAME",
        )
    content = path.read_bytes()
    manifest = parse(content, where=str(path))
    if missing := [name for name in only if name not in manifest.files]:
        label = identity_of(manifest, content).label
        raise ArtifactError(
            f"{label}: {MANIFEST} must list {', '.join(missing)}, got {', '.join(manifest.files)}."
        )
    pins = {name: pin for name, pin in manifest.files.items() if not only or name in only}
    problems = [problem for name, pin in pins.items() if (problem := _problem(folder / name, pin))]
    if problems:
        raise ArtifactError("\n  ".join([f"{folder} is damaged", *problems]))
    return Artifact(folder=folder, manifest=manifest, manifest_bytes=content)


def pack(path: Path, *, name: str, version: str | None) -> Artifact:
    """Make the manifest of any file, or of all files below a folder; without a version it is computed.

    The same files give the same manifest. Raises ArtifactError for a place without files.
    """
    folder = path if path.is_dir() else path.parent
    try:
        files = {each.relative_to(folder).as_posix(): _pin(each) for each in _files(path)}
    except OSError as error:
        raise ArtifactError(f"{error.filename} must be readable, got: {error.strerror}.") from error
    if not files:
        raise ArtifactError(f"{path} must hold at least 1 file, got none.")
    if MANIFEST in files:
        raise ArtifactError(f"{path} must hold no {MANIFEST}: the published one is called so.")
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    told = {"format": "files", "format_version": 1, "name": name, "version": version or digest[:12]}
    content = json.dumps({**told, "files": files}, sort_keys=True, indent=1).encode()
    return Artifact(folder=folder, manifest=parse(content, where=str(path)), manifest_bytes=content)


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise ArtifactError(f"{path} is missing.")
    found = []
    for place, folders, names in os.walk(path, onerror=_raise):
        for folder in folders:
            if (Path(place) / folder).is_symlink():
                raise ArtifactError(
                    f"{path} must hold files and folders, got a link: {Path(place) / folder}."
                )
        found += [Path(place) / name for name in names]
    return sorted(found)


def _raise(error: OSError) -> None:
    raise error


def _pin(path: Path) -> dict[str, str | int]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return {"sha256": digest, "bytes": os.fstat(stream.fileno()).st_size}


def parse(content: bytes, *, where: str) -> Manifest:
    """Read a manifest's bytes; `where` is its name in messages."""
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        problems = [
            f"{'.'.join(map(str, detail['loc'])) or 'content'}: {detail['msg']}, got {detail['input']!r:.80}."
            for detail in error.errors(include_url=False)
        ]
        raise ArtifactError("\n  ".join([f"{where} is not a model's manifest", *problems])) from error


def identity_of(manifest: Manifest, content: bytes) -> ModelVersion:
    digest = hashlib.sha256(content).hexdigest()
    return ModelVersion(name=manifest.name, version=manifest.version, sha256=digest)


def _problem(path: Path, pin: Pin) -> str | None:
    if not path.is_file():
        return f"{path.name} is missing."
    size = path.stat().st_size
    if size != pin.bytes:
        return f"{path.name} must have {pin.bytes} bytes, got {size}."
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return f"{path.name} must have sha256 {pin.sha256}, got {digest}." if digest != pin.sha256 else None

"""A trained model on disk: a folder of files and the manifest.json that names and pins each of them."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError

MANIFEST = "manifest.json"

# A name becomes part of an S3 key and of a URL: no slashes, no leading dot.
_Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Pin(BaseModel):
    """What a file must be."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sha256: _Sha256
    bytes: Annotated[int, Field(ge=0)]


class Manifest(BaseModel):
    """The part of manifest.json that publishing relies on; the rest belongs to the service."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: _Name
    version: _Name
    files: Annotated[Mapping[_Name, Pin], Field(min_length=1)]


@dataclass(frozen=True, kw_only=True)
class Artifact:
    folder: Path
    manifest: Manifest
    manifest_bytes: bytes

    @property
    def identity(self) -> ModelVersion:
        return identity_of(self.manifest, self.manifest_bytes)


def read(folder: Path, *, only: Collection[str] = ()) -> Artifact:
    """Read and verify a model's folder: every file is there, with the manifest's size and sha256.

    With `only` it is these files, which the manifest must list, and no others.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ArtifactError(
            f"{folder} must be a trained model's folder with a {MANIFEST}, got none.",
            fix="train one: python -m service.train --ratings FILE --out DIR --name NAME --version VERSION",
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


def parse(content: bytes, *, where: str) -> Manifest:
    """Read a manifest's bytes; `where` is what messages call it."""
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
        return f"{path.name} must be a file, got nothing."
    size = path.stat().st_size
    if size != pin.bytes:
        return f"{path.name} must have {pin.bytes} bytes, got {size}."
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return f"{path.name} must have sha256 {pin.sha256}, got {digest}." if digest != pin.sha256 else None

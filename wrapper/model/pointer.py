"""The pointer models/<name>/current.json: the version that followers serve, see docs/model-format.md."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from wrapper.aws.client import Aws, explained
from wrapper.aws.objects import put_once
from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError
from wrapper.model import store

POINTER = "current.json"


class Pointer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    manifest_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def pointed(aws: Aws, *, bucket: str, name: str) -> ModelVersion | None:
    """Return the version that the model's pointer names, published or not; None without a pointer."""
    with explained(ArtifactError):
        content = store.get(aws, bucket, _key(name))
    if content is None:
        return None
    try:
        pointer = Pointer.model_validate_json(content)
    except ValidationError as error:
        raise ArtifactError(
            f"s3://{bucket}/{_key(name)} must hold a version and its manifest_sha256, got {content!r:.80}.",
            fix=f"python -m wrapper model point ENV {name}/VERSION",
        ) from error
    return ModelVersion(name=name, version=pointer.version, sha256=pointer.manifest_sha256)


def point(aws: Aws, *, bucket: str, version: ModelVersion) -> None:
    """Let followers serve a published version; the pointer is written in one request."""
    with explained(ArtifactError):
        aws.s3.put_object(
            Bucket=bucket, Key=_key(version.name), Body=_content(version), ContentType="application/json"
        )


def point_first(aws: Aws, *, bucket: str, version: ModelVersion) -> bool:
    """Let followers serve the version unless there is a pointer; return whether there was none."""
    with explained(ArtifactError):
        return put_once(aws, bucket, _key(version.name), _content(version))


def _key(name: str) -> str:
    return f"models/{name}/{POINTER}"


def _content(version: ModelVersion) -> bytes:
    return Pointer(version=version.version, manifest_sha256=version.sha256).model_dump_json().encode()

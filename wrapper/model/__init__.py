"""From files or ratings to a published model: immutable versions in the model bucket.

A model is `<name>/<version>` and the sha256 of its manifest.json, which pins every other file.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wrapper.aws.client import Aws
from wrapper.environment import Model, is_remote, resolve
from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError
from wrapper.model import store
from wrapper.model.artifact import MANIFEST, Artifact, pack, read
from wrapper.model.pointer import point, point_first, pointed
from wrapper.model.store import inspect, versions
from wrapper.model.training import derived_version, train
from wrapper.model.users import a_user, some_users

__all__ = [
    "a_user",
    "copy",
    "ensure",
    "inspect",
    "pointed",
    "predict",
    "publish",
    "publish_command",
    "repoint",
    "some_users",
    "versions",
]

Progress = Callable[[str], None]


def publish(
    aws: Aws,
    *,
    bucket: str,
    source: Path | str,
    progress: Progress,
    name: str | None = None,
    version: str | None = None,
) -> ModelVersion:
    """Put a model into the bucket: a trained one, from a folder or s3://, or any file or folder with a name.

    Without a version, files get one that is computed from them. Publishing the same model again changes
    nothing. Raises ArtifactError if a file is damaged, or if the version is published with other content.
    """
    return _publish_source(aws, bucket, source, _Wanted(name, version), progress)


def copy(
    source: Aws,
    target: Aws,
    *,
    source_bucket: str,
    bucket: str,
    version: ModelVersion,
    progress: Progress,
) -> None:
    """Copy a published version between buckets of two accounts; every file's sha256 is checked.

    Raises ArtifactError if the source has another model under this version now, or the target does.
    """
    if store.find(target, bucket=bucket, name=version.name, version=version.version) == version:
        progress(f"{version.label} is already published")
        return
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        where = f"s3://{source_bucket}/{store.prefix_of(version.name, version.version)}"
        store.download(source, source=where, folder=Path(folder), progress=progress)
        found = read(Path(folder)).identity
        if found != version:
            raise ArtifactError(
                f"{where} must be as it was released, with sha256 {version.sha256[:12]}, "
                f"got {found.sha256[:12]}."
            )
        _publish_artifact(target, bucket, read(Path(folder)), progress)


def ensure(aws: Aws, *, bucket: str, model: Model, root: Path, progress: Progress) -> ModelVersion:
    """Return the declared model, published first if necessary: from its source, or trained here.

    For a follower it is the version that its pointer names; without a pointer the declared model becomes the
    first. Raises ArtifactError, with the command that publishes, for a missing version without a source.
    """
    if not model.follow:
        return _ensure(aws, bucket, model, root, progress)
    found = _followed(aws, bucket, model.name)
    if found is None:
        found = _ensure(aws, bucket, model, root, progress)
        if not point_first(aws, bucket=bucket, version=found):
            found = _followed(aws, bucket, model.name) or found
    progress(f"{found.label} is what the pointer names")
    return found


def repoint(aws: Aws, *, bucket: str, name: str, version: str) -> ModelVersion:
    """Let followers of a model serve another published version; raise ArtifactError if it is missing."""
    found = store.find(aws, bucket=bucket, name=name, version=version)
    if found is None:
        known = ", ".join(each.version for each in versions(aws, bucket=bucket, name=name)) or "none"
        raise ArtifactError(
            f"s3://{bucket} must have {name}/{version} to point to it, but has only: {known}."
        )
    point(aws, bucket=bucket, version=found)
    return found


def _followed(aws: Aws, bucket: str, name: str) -> ModelVersion | None:
    """Return the version that the pointer names, which must be published with the pointer's sha256."""
    named = pointed(aws, bucket=bucket, name=name)
    if named and store.find(aws, bucket=bucket, name=name, version=named.version) != named:
        raise ArtifactError(
            f"s3://{bucket}/models/{name}/current.json must name a published version, got {named.version} "
            f"with sha256 {named.sha256[:12]}, and that is not there.",
            fix=f"python -m wrapper model point ENV {name}/VERSION",
        )
    return named


def _ensure(aws: Aws, bucket: str, model: Model, root: Path, progress: Progress) -> ModelVersion:
    version = _version_of(aws, model, root)
    found = store.find(aws, bucket=bucket, name=model.name, version=version)
    if found:
        progress(f"{found.label} is already published")
        return found
    if model.source is not None:
        source = model.source if is_remote(model.source) else resolve(model.source, root=root)
        return _publish_source(aws, bucket, source, _Wanted(model.name, version), progress)
    if model.version is None:
        return _publish_trained(aws, bucket, model, version, root, progress)
    raise _missing(bucket, model.name, version)


def _version_of(aws: Aws | None, model: Model, root: Path) -> str:
    """Return the declared version, or compute it from a local source or from the training data."""
    if model.version:
        return model.version
    if model.source:
        wanted = _Wanted(model.name, None)
        return _local(resolve(model.source, root=root), wanted).manifest.version
    return derived_version(aws, ratings=model.ratings, root=root, columns=model.columns)


def predict(aws: Aws | None, *, bucket: str, model: Model, root: Path) -> ModelVersion:
    """Return what `ensure` would, without publishing: sha256 is "" for what isn't published yet.

    `aws` is None if no sandbox runs.
    """
    if model.follow and aws and (named := pointed(aws, bucket=bucket, name=model.name)):
        return named
    version = _version_of(aws, model, root)
    found = store.find(aws, bucket=bucket, name=model.name, version=version) if aws else None
    return found or ModelVersion(name=model.name, version=version, sha256="")


@dataclass(frozen=True)
class _Wanted:
    """The name and version that a source must have, or gets; None is any, or the source's own."""

    name: str | None
    version: str | None

    def check(self, identity: ModelVersion) -> None:
        got = (identity.name, identity.version)
        wanted = (self.name or identity.name, self.version or identity.version)
        if got != wanted:
            raise ArtifactError(f"model.source must be {'/'.join(wanted)}, got {identity.label}.")


def _publish_source(
    aws: Aws, bucket: str, source: Path | str, wanted: _Wanted, progress: Progress
) -> ModelVersion:
    if isinstance(source, Path) or not is_remote(source):
        return _publish_artifact(aws, bucket, _local(Path(source), wanted), progress)
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        store.download(aws, source=source, folder=Path(folder), progress=progress)
        artifact = read(Path(folder))
        wanted.check(artifact.identity)
        return _publish_artifact(aws, bucket, artifact, progress)


def _local(path: Path, wanted: _Wanted) -> Artifact:
    """Read a trained model's folder, or make a manifest for other files with a name."""
    if wanted.name is None or (path / MANIFEST).is_file():
        artifact = read(path)
        wanted.check(artifact.identity)
        return artifact
    return pack(path, name=wanted.name, version=wanted.version)


def _publish_artifact(aws: Aws, bucket: str, artifact: Artifact, progress: Progress) -> ModelVersion:
    identity = artifact.identity
    if store.holds(aws, bucket=bucket, artifact=artifact):
        progress(f"{identity.label} is already published")
        return identity
    return store.upload(aws, bucket=bucket, artifact=artifact, progress=progress)


def _publish_trained(
    aws: Aws, bucket: str, model: Model, version: str, root: Path, progress: Progress
) -> ModelVersion:
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        out = Path(folder) / "artifact"
        train(
            aws,
            ratings=model.ratings,
            out=out,
            name=model.name,
            version=version,
            root=root,
            progress=progress,
            columns=model.columns,
        )
        artifact = read(out)
        _Wanted(model.name, version).check(artifact.identity)
        return _publish_artifact(aws, bucket, artifact, progress)


def publish_command(environment: str, name: str, version: str) -> str:
    """Return the command that publishes a file or a folder as this version."""
    return f"python -m wrapper model publish {environment} PATH --name {name} --version {version}"


def _missing(bucket: str, name: str, version: str) -> ArtifactError:
    return ArtifactError(
        f"model.version must be published, got {name}/{version}, which s3://{bucket} does not hold.",
        fix=f"{publish_command('ENV', name, version)}, or set model.source",
    )

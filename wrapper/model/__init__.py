"""From ratings to a published model: immutable versions in the model bucket, trained here only if asked for.

A model is `<name>/<version>` and the sha256 of its manifest.json, which pins every other file.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from wrapper.aws.client import Aws
from wrapper.environment import Model, is_remote, resolve
from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError
from wrapper.model import store
from wrapper.model.artifact import read
from wrapper.model.pointer import point, point_first, pointed
from wrapper.model.store import inspect, versions
from wrapper.model.training import derived_version, train
from wrapper.model.users import a_user

__all__ = ["a_user", "copy", "ensure", "inspect", "pointed", "predict", "publish", "repoint", "versions"]

Progress = Callable[[str], None]


def publish(aws: Aws, *, bucket: str, source: Path | str, progress: Progress) -> ModelVersion:
    """Verify a trained model, in a folder or under s3://, and put it into the bucket.

    The same model again changes nothing. Raises ArtifactError if a file is damaged, or if the version is
    published with other content.
    """
    return _publish_source(aws, bucket, source, None, progress)


def copy(
    source: Aws,
    target: Aws,
    *,
    source_bucket: str,
    bucket: str,
    version: ModelVersion,
    progress: Progress,
) -> None:
    """Copy a published version between buckets of two accounts; every file's sha256 is checked on the way.

    Raises ArtifactError if the source holds another model under this version by now, or the target does.
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
        _publish_folder(target, bucket, Path(folder), (version.name, version.version), progress)


def ensure(aws: Aws, *, bucket: str, model: Model, root: Path, progress: Progress) -> ModelVersion:
    """Return the declared model, published first if it isn't yet: from its source, or trained here.

    Of a model to follow, that is what its pointer names; without one the declared model becomes the first.
    Raises ArtifactError, with the command that publishes, for a version that isn't there and has no source.
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
    """Let followers of a model serve another published version; raise ArtifactError if there is none."""
    found = store.find(aws, bucket=bucket, name=name, version=version)
    if found is None:
        known = ", ".join(each.version for each in versions(aws, bucket=bucket, name=name)) or "none"
        raise ArtifactError(
            f"s3://{bucket} must hold {name}/{version} to point to it, and it does not; there are: {known}."
        )
    point(aws, bucket=bucket, version=found)
    return found


def _followed(aws: Aws, bucket: str, name: str) -> ModelVersion | None:
    """Return what the pointer names, which must be published and be as the pointer says."""
    named = pointed(aws, bucket=bucket, name=name)
    if named and store.find(aws, bucket=bucket, name=name, version=named.version) != named:
        raise ArtifactError(
            f"s3://{bucket}/models/{name}/current.json must name a published version, got {named.version} "
            f"with sha256 {named.sha256[:12]}, and that is not there.",
            fix=f"python -m wrapper model point ENV {name}/VERSION",
        )
    return named


def _ensure(aws: Aws, bucket: str, model: Model, root: Path, progress: Progress) -> ModelVersion:
    version = model.version or derived_version(aws, ratings=model.ratings, root=root, columns=model.columns)
    found = store.find(aws, bucket=bucket, name=model.name, version=version)
    if found:
        progress(f"{found.label} is already published")
        return found
    if model.version is None:
        return _publish_trained(aws, bucket, model, version, root, progress)
    if model.source is None:
        raise _missing(bucket, model.name, version)
    source = model.source if is_remote(model.source) else resolve(model.source, root=root)
    return _publish_source(aws, bucket, source, (model.name, version), progress)


def predict(aws: Aws | None, *, bucket: str, model: Model, root: Path) -> ModelVersion:
    """Say what `ensure` would return, without publishing: sha256 is "" for what isn't published yet.

    `aws` is None where no sandbox runs.
    """
    if model.follow and aws and (named := pointed(aws, bucket=bucket, name=model.name)):
        return named
    version = model.version or derived_version(aws, ratings=model.ratings, root=root, columns=model.columns)
    found = store.find(aws, bucket=bucket, name=model.name, version=version) if aws else None
    return found or ModelVersion(name=model.name, version=version, sha256="")


def _publish_source(
    aws: Aws, bucket: str, source: Path | str, expected: tuple[str, str] | None, progress: Progress
) -> ModelVersion:
    if isinstance(source, Path) or not is_remote(source):
        return _publish_folder(aws, bucket, Path(source), expected, progress)
    with tempfile.TemporaryDirectory(prefix="model-") as folder:
        store.download(aws, source=source, folder=Path(folder), progress=progress)
        return _publish_folder(aws, bucket, Path(folder), expected, progress)


def _publish_folder(
    aws: Aws, bucket: str, folder: Path, expected: tuple[str, str] | None, progress: Progress
) -> ModelVersion:
    artifact = read(folder)
    identity = artifact.identity
    if expected and (identity.name, identity.version) != expected:
        wanted = "/".join(expected)
        raise ArtifactError(f"model.source must be {wanted}, got {identity.label}.")
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
        return _publish_folder(aws, bucket, out, (model.name, version), progress)


def _missing(bucket: str, name: str, version: str) -> ArtifactError:
    return ArtifactError(
        f"model.version must be published, got {name}/{version}, which s3://{bucket} does not hold.",
        fix="publish it: python -m wrapper model publish ENV PATH, or set model.source",
    )

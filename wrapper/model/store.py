"""Models in a bucket: models/<name>/<version>/, complete once manifest.json is there, never changed after."""

import hashlib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from wrapper.aws.client import Aws, code_of, explained
from wrapper.aws.objects import put_once, upload_once
from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError
from wrapper.model.artifact import MANIFEST, Artifact, Pin, identity_of, parse

_READ_BYTES, _CHUNK_BYTES = 2**26, 2**20


def prefix_of(name: str, version: str) -> str:
    return f"models/{name}/{version}"


def find(aws: Aws, *, bucket: str, name: str, version: str) -> ModelVersion | None:
    """Return the published version, None if there is no bucket or no manifest.

    Raises ArtifactError if the manifest exists but one of its files is missing, or has another size.
    """
    with explained(ArtifactError):
        content = get(aws, bucket, f"{prefix_of(name, version)}/{MANIFEST}")
        if content is None:
            return None
        sizes = dict(_objects(aws, bucket, f"{prefix_of(name, version)}/"))
    where = f"s3://{bucket}/{prefix_of(name, version)}"
    manifest = parse(content, where=f"{where}/{MANIFEST}")
    if (manifest.name, manifest.version) != (name, version):
        raise ArtifactError(f"{where} must hold {name}/{version}, got {manifest.name}/{manifest.version}.")
    lost = [file for file, pin in manifest.files.items() if sizes.get(file) != pin.bytes]
    if lost:
        raise ArtifactError(
            f"{where} is damaged: {', '.join(lost)} must be as {MANIFEST} says, got another size or nothing.",
            fix="publish the model under a new version",
        )
    return identity_of(manifest, content)


def inspect(aws: Aws, *, bucket: str, name: str, version: str) -> ModelVersion | None:
    """Do what `find` does, and compare each file's sha256: from its upload's note, else from its content.

    An equal size is no proof. A job's uploads have no note: of those, files of up to 64 MiB are read.
    """
    found = find(aws, bucket=bucket, name=name, version=version)
    if found is None:
        return None
    prefix = prefix_of(name, version)
    with explained(ArtifactError):
        content = get(aws, bucket, f"{prefix}/{MANIFEST}") or b""
        manifest = parse(content, where=f"s3://{bucket}/{prefix}/{MANIFEST}")
        there = {
            file: _noted(aws, bucket, f"{prefix}/{file}") or _sha256(aws, bucket, f"{prefix}/{file}", pin)
            for file, pin in manifest.files.items()
        }
    other = [file for file, pin in manifest.files.items() if there[file] not in {None, pin.sha256}]
    if other:
        raise ArtifactError(
            f"s3://{bucket}/{prefix} is damaged: {', '.join(other)} must have the sha256 that "
            f"{MANIFEST} says, got another one.",
            fix="publish the model under a new version",
        )
    return found


def versions(aws: Aws, *, bucket: str, name: str) -> list[ModelVersion]:
    """List the complete versions of a model, by version."""
    labels = _folders(aws, bucket, f"models/{name}/")
    found = (find(aws, bucket=bucket, name=name, version=label) for label in labels)
    return [version for version in found if version]


def names(aws: Aws, *, bucket: str) -> list[str]:
    """List the models that have a version, complete or not."""
    return _folders(aws, bucket, "models/")


def _folders(aws: Aws, bucket: str, start: str) -> list[str]:
    with explained(ArtifactError):
        pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=start, Delimiter="/")
        folders = [folder.get("Prefix", "") for page in pages for folder in page.get("CommonPrefixes", [])]
    return sorted(folder.removeprefix(start).rstrip("/") for folder in folders)


def holds(aws: Aws, *, bucket: str, artifact: Artifact) -> bool:
    """Return whether exactly this artifact is published; ArtifactError if its version has other content."""
    identity = artifact.identity
    found = find(aws, bucket=bucket, name=identity.name, version=identity.version)
    if found and found != identity:
        raise _immutable(bucket, found, identity)
    return found is not None


def upload(aws: Aws, *, bucket: str, artifact: Artifact, progress: Callable[[str], None]) -> ModelVersion:
    """Put a verified artifact into the bucket, the manifest last and only if nobody was faster.

    An upload that was interrupted is continued: existing files stay. Nothing of a published model is
    overwritten.
    """
    identity = artifact.identity
    prefix = prefix_of(identity.name, identity.version)
    with explained(ArtifactError):
        for number, (name, pin) in enumerate(artifact.manifest.files.items(), start=1):
            progress(f"{name}, {_size(pin.bytes)} ({number} of {len(artifact.manifest.files)})")
            _upload(aws, bucket, prefix, name, artifact.folder / name, pin)
        if not put_once(aws, bucket, f"{prefix}/{MANIFEST}", artifact.manifest_bytes):
            holds(aws, bucket=bucket, artifact=artifact)
    return identity


def _upload(aws: Aws, bucket: str, prefix: str, name: str, path: Path, pin: Pin) -> None:
    """Upload a missing file; remains of another attempt are replaced, unless they are a model now.

    The role that publishes for a workflow may overwrite nothing: there the owner of the attempt has to do it.
    """
    key, noted = f"{prefix}/{name}", {"sha256": pin.sha256}
    if _holds(aws, bucket, key, pin.sha256) or upload_once(aws, bucket, key, path, metadata=noted):
        return
    if not _holds(aws, bucket, key, pin.sha256) and get(aws, bucket, f"{prefix}/{MANIFEST}") is None:
        aws.s3.upload_file(str(path), bucket, key, ExtraArgs={"Metadata": noted})


def download(
    aws: Aws, *, source: str, folder: Path, progress: Callable[[str], None], only: Collection[str] = ()
) -> None:
    """Copy a model's files, or `only` some, from s3:// into a folder; `artifact.read` then verifies them."""
    bucket, prefix = split_uri(source)
    with explained(ArtifactError):
        content = get(aws, bucket, f"{prefix}/{MANIFEST}")
        if content is None:
            raise ArtifactError(f"{source} must hold a {MANIFEST}, got none.")
        manifest = parse(content, where=f"{source}/{MANIFEST}")
        sizes = dict(_objects(aws, bucket, f"{prefix}/"))
        for name in manifest.files:
            if name in sizes and (not only or name in only):
                progress(f"{name}, {_size(sizes[name])}")
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                aws.s3.download_file(bucket, f"{prefix}/{name}", str(folder / name))
    (folder / MANIFEST).write_bytes(content)


def split_uri(uri: str) -> tuple[str, str]:
    """Split `s3://bucket/some/prefix` into bucket and prefix, without slashes at the ends."""
    parts = urlsplit(uri)
    if parts.scheme != "s3" or not parts.netloc or not parts.path.strip("/"):
        raise ArtifactError(f"model source must be a folder or s3://BUCKET/PREFIX, got {uri!r}.")
    return parts.netloc, parts.path.strip("/")


def _immutable(bucket: str, there: ModelVersion, here: ModelVersion) -> ArtifactError:
    return ArtifactError(
        f"s3://{bucket}/{prefix_of(here.name, here.version)} is immutable: it is published with sha256 "
        f"{there.sha256[:12]}, got {here.sha256[:12]}.",
        fix="publish under a new version",
    )


def get(aws: Aws, bucket: str, key: str) -> bytes | None:
    try:
        return aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except (aws.s3.exceptions.NoSuchKey, aws.s3.exceptions.NoSuchBucket):
        return None


def _holds(aws: Aws, bucket: str, key: str, sha256: str) -> bool:
    return _noted(aws, bucket, key) == sha256


def _noted(aws: Aws, bucket: str, key: str) -> str | None:
    """Return the sha256 that was uploaded with the object; None without an object or a note."""
    from botocore.exceptions import ClientError

    try:
        return aws.s3.head_object(Bucket=bucket, Key=key)["Metadata"].get("sha256")
    except ClientError as error:
        if code_of(error) == "404":  # a HEAD reply has no body, hence no code but the status
            return None
        raise


def _sha256(aws: Aws, bucket: str, key: str, pin: Pin) -> str | None:
    """Return the sha256 of an object's content; None for one that is too large to be read for it."""
    if pin.bytes > _READ_BYTES:
        return None
    digest = hashlib.sha256()
    for chunk in aws.s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _objects(aws: Aws, bucket: str, prefix: str) -> Iterator[tuple[str, int]]:
    """Yield the name under the prefix and the size in bytes of each object."""
    for page in aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            yield item.get("Key", "").removeprefix(prefix), item.get("Size", 0)


def _size(count: int) -> str:
    return f"{count / 2**20:.1f} MiB" if count >= 2**20 else f"{count / 2**10:.1f} KiB"

"""Copying a published model between buckets: the same manifest, every file verified."""

import hashlib
import json
import uuid
from pathlib import Path

import pytest

from wrapper import model
from wrapper.aws.client import Aws
from wrapper.environment import Model
from wrapper.environment.release import ModelVersion
from wrapper.errors import ArtifactError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def bucket(aws: Aws) -> str:
    name = f"models-{uuid.uuid4().hex[:12]}"
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


def publish(aws: Aws, where: str, folder: Path, content: bytes = b"factors") -> ModelVersion:
    pin = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (folder / "a.bin").write_bytes(content)
    manifest = {"name": "films", "version": "1", "files": {"a.bin": pin}}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return model.publish(aws, bucket=where, source=folder, progress=lambda _: None)


def copy(aws: Aws, there: str, here: str, version: ModelVersion) -> None:
    model.copy(aws, aws, source_bucket=there, bucket=here, version=version, progress=lambda _: None)


def test_a_copied_model_is_the_same(aws: Aws, tmp_path: Path) -> None:
    """Name, version and manifest are equal; a second copy changes nothing."""
    there, here = bucket(aws), bucket(aws)
    version = publish(aws, there, tmp_path)
    copy(aws, there, here, version)
    copy(aws, there, here, version)
    assert model.inspect(aws, bucket=here, name="films", version="1") == version


def test_what_both_have_trained_is_one_model(aws: Aws) -> None:
    """Two environments that train the same ratings publish the same, so that one can be promoted."""
    declared = Model(name="movielens")
    there, here = bucket(aws), bucket(aws)
    versions = [
        model.ensure(aws, bucket=where, model=declared, root=ROOT, progress=lambda _: None)
        for where in (there, here)
    ]
    assert versions[0] == versions[1]
    copy(aws, there, here, versions[0])


def test_a_model_that_has_changed_is_refused(aws: Aws, tmp_path: Path) -> None:
    """The release has another manifest's sha256 than the bucket has now."""
    there, here = bucket(aws), bucket(aws)
    publish(aws, there, tmp_path)
    released = ModelVersion(name="films", version="1", sha256="0" * 64)
    with pytest.raises(ArtifactError, match="must be as it was released, with sha256 000000000000"):
        copy(aws, there, here, released)
    assert model.inspect(aws, bucket=here, name="films", version="1") is None


def test_a_damaged_file_is_not_copied(aws: Aws, tmp_path: Path) -> None:
    """Its sha256 is computed during the copy, whatever the upload has recorded."""
    there, here = bucket(aws), bucket(aws)
    version = publish(aws, there, tmp_path)
    aws.s3.put_object(Bucket=there, Key="models/films/1/a.bin", Body=b"fActors")
    with pytest.raises(ArtifactError, match=r"a\.bin must have sha256"):
        copy(aws, there, here, version)


def test_another_model_under_the_version_stays(aws: Aws, tmp_path: Path) -> None:
    """A published version is immutable in the target as well."""
    there, here = bucket(aws), bucket(aws)
    version = publish(aws, there, tmp_path)
    publish(aws, here, tmp_path, b"others")
    with pytest.raises(ArtifactError, match="is immutable"):
        copy(aws, there, here, version)

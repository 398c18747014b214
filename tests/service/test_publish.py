"""Uploading a model to S3: the manifest comes last, and no other model is overwritten."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from service.artifact_format import MANIFEST
from service.errors import ArtifactError
from service.loading import load
from service.publish import publish
from service.settings import StoreSettings
from service.store import open_store
from tests.service.models import write_model
from tests.service.s3 import S3

TARGET = "s3://bucket/models/test/1"


@pytest.fixture
def settings(s3: S3) -> StoreSettings:
    return StoreSettings.from_environment({**s3.environment, "STORE_ATTEMPTS": "1"})


def test_published_model_is_served(artifact: Path, s3: S3, settings: StoreSettings) -> None:
    """The downloaded model is the uploaded one, by the returned sha256; the manifest was uploaded last."""
    sha256 = publish(artifact, TARGET, settings)
    assert load(open_store(TARGET, settings), sha256=sha256).label == "test/1"
    puts = [key for method, key, _ in s3.requests if method == "PUT"]
    assert puts[-1].endswith(MANIFEST)


def test_second_publisher_gets_an_error(artifact: Path, s3: S3, settings: StoreSettings) -> None:
    """An existing version is never written again, even with the same content."""
    publish(artifact, TARGET, settings)
    before = dict(s3.objects)
    with pytest.raises(FileExistsError, match="a model version never changes"):
        publish(artifact, TARGET, settings)
    assert s3.objects == before


def test_interrupted_upload_may_be_repeated(artifact: Path, s3: S3, settings: StoreSettings) -> None:
    """Files without a manifest are no model, so an upload of the same files completes it."""
    publish(artifact, TARGET, settings)
    del s3.objects[f"bucket/models/test/1/{MANIFEST}"]
    publish(artifact, TARGET, settings)
    assert load(open_store(TARGET, settings)).label == "test/1"


def test_other_files_in_the_way_are_told(
    artifact: Path, s3: S3, settings: StoreSettings, tmp_path: Path
) -> None:
    """Files of another trainer under the version's name are neither used nor overwritten."""
    publish(artifact, TARGET, settings)
    del s3.objects[f"bucket/models/test/1/{MANIFEST}"]
    write_model(tmp_path / "1", seed=5)
    with pytest.raises(
        ArtifactError, match=r"answers.npy must not exist with other content, got another file"
    ):
        publish(tmp_path / "1", TARGET, settings)


@pytest.mark.parametrize("name", ["../secret.npy", "/etc/passwd", "a/b.npy"])
def test_nothing_outside_the_folder_is_published(
    s3: S3, settings: StoreSettings, tmp_path: Path, name: str
) -> None:
    """A manifest can't name files outside its folder."""
    write_model(tmp_path / "1")
    (tmp_path / "secret.npy").write_bytes(b"secret")
    manifest = json.loads((tmp_path / "1" / MANIFEST).read_text())
    manifest["files"][name] = {"sha256": sha256(b"secret").hexdigest(), "bytes": 6}
    (tmp_path / "1" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ArtifactError, match="files"):
        publish(tmp_path / "1", TARGET, settings)
    assert s3.objects == {}


def test_what_is_not_the_manifests_is_not_published(s3: S3, settings: StoreSettings, tmp_path: Path) -> None:
    """A changed file, or a link to another one, would be refused when the model is loaded."""
    write_model(tmp_path / "1")
    size = (tmp_path / "1" / "answers.npy").stat().st_size
    (tmp_path / "secret").write_bytes(b"s" * size)
    (tmp_path / "1" / "answers.npy").unlink()
    (tmp_path / "1" / "answers.npy").symlink_to(tmp_path / "secret")
    with pytest.raises(ArtifactError, match=r"answers.npy must have the sha256"):
        publish(tmp_path / "1", TARGET, settings)
    assert b"s" * size not in s3.objects.values()


def test_folder_is_no_place_to_publish_to(artifact: Path, settings: StoreSettings, tmp_path: Path) -> None:
    """On a disk the trainer writes the version directly to its folder."""
    with pytest.raises(ArtifactError, match="must be published to s3://bucket/prefix"):
        publish(artifact, str(tmp_path), settings)

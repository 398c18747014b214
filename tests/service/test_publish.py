"""Uploading a model to S3: the manifest last, and nothing over another."""

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
    """What goes up comes down, by the sha256 that publishing returns; the manifest went last."""
    sha256 = publish(artifact, TARGET, settings)
    assert load(open_store(TARGET, settings), sha256=sha256).label == "test/1"
    puts = [key for method, key, _ in s3.requests if method == "PUT"]
    assert puts[-1].endswith(MANIFEST)


def test_second_publisher_gets_an_error(artifact: Path, s3: S3, settings: StoreSettings) -> None:
    """A version that is there is not written again, not even with the same content."""
    publish(artifact, TARGET, settings)
    before = dict(s3.objects)
    with pytest.raises(FileExistsError, match="a model version never changes"):
        publish(artifact, TARGET, settings)
    assert s3.objects == before


def test_interrupted_upload_may_be_repeated(artifact: Path, s3: S3, settings: StoreSettings) -> None:
    """Files without a manifest are no model; the same ones are completed."""
    publish(artifact, TARGET, settings)
    del s3.objects[f"bucket/models/test/1/{MANIFEST}"]
    publish(artifact, TARGET, settings)
    assert load(open_store(TARGET, settings)).label == "test/1"


def test_other_files_in_the_way_are_told(
    artifact: Path, s3: S3, settings: StoreSettings, tmp_path: Path
) -> None:
    """What another trainer left in the version's place is neither used nor overwritten."""
    publish(artifact, TARGET, settings)
    del s3.objects[f"bucket/models/test/1/{MANIFEST}"]
    write_model(tmp_path / "1", seed=5)
    with pytest.raises(
        ArtifactError, match=r"answers.npy must be the file of this model or none, got another"
    ):
        publish(tmp_path / "1", TARGET, settings)


def test_folder_is_no_place_to_publish_to(artifact: Path, settings: StoreSettings, tmp_path: Path) -> None:
    """On a disk the trainer writes the version where it belongs."""
    with pytest.raises(ArtifactError, match="must be published to s3://bucket/prefix"):
        publish(artifact, str(tmp_path), settings)

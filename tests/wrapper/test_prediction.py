"""What a plan can say of images and models that do not exist yet."""

from wrapper.delivery.prediction import Prediction
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.image import Image

DIGEST = f"sha256:{'a' * 64}"
BUCKET = {"name": "films", "arn": "arn:aws:s3:::films"}


def prediction(*, published: bool, sha256: str) -> Prediction:
    model = ModelVersion(name="films", version="1", sha256=sha256)
    reference = f"r@{DIGEST}"
    image = Image(reference=reference, digest=DIGEST, kind="built", pushed=False, published=published)
    release = ServiceRelease(image=reference, repository_arn=None, model=model, desired_count=2)
    return Prediction(images={"web": image}, releases={"web": release}, jobs={}, model_bucket=BUCKET)


def test_what_is_published_is_planned_as_it_is() -> None:
    """Nothing is missing, nothing unknown."""
    seen = prediction(published=True, sha256="b" * 64)
    assert (seen.missing, seen.unknowns) == ([], [])
    assert seen.rendered == seen.releases


def test_what_is_not_published_is_told_and_has_a_stand_in() -> None:
    """Terraform refuses a model without a sha256; the releases keep the truth."""
    seen = prediction(published=False, sha256="")
    assert seen.missing == [
        "web: its image is not published yet.",
        "web: its model films/1 is not published yet.",
    ]
    assert len(seen.unknowns) == 2
    planned = seen.rendered["web"].model
    assert planned
    assert planned.sha256 == "0" * 64
    assert seen.releases["web"].model == ModelVersion(name="films", version="1", sha256="")


def test_a_service_without_a_model_has_none_planned() -> None:
    """There is nothing to stand in for."""
    release = ServiceRelease(image=f"r@{DIGEST}", repository_arn=None, model=None, desired_count=1)
    assert Prediction(images={}, releases={"web": release}, jobs={}, model_bucket=BUCKET).rendered == {
        "web": release
    }

"""What a plan can say about images and models that do not exist yet."""

from dataclasses import replace

from wrapper.delivery.contents import Contents
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.image import Image
from wrapper.terraform.outputs import Bucket

DIGEST = f"sha256:{'a' * 64}"
BUCKET = Bucket(name="films", arn="arn:aws:s3:::films")


def prediction(*, published: bool, sha256: str) -> Contents:
    model = ModelVersion(name="films", version="1", sha256=sha256)
    reference = f"r@{DIGEST}"
    image = Image(reference=reference, digest=DIGEST, kind="built", pushed=False, published=published)
    release = ServiceRelease(image=reference, repository_arn=None, model=model, desired_count=2)
    return Contents(images={"web": image}, releases={"web": release}, jobs={}, model_bucket=BUCKET)


def test_what_is_published_is_planned_as_it_is() -> None:
    """Nothing is missing or unknown."""
    seen = prediction(published=True, sha256="b" * 64)
    assert (seen.missing, seen.unknowns) == ([], [])
    assert seen.renderable == seen


def test_what_is_not_published_is_told_and_has_a_stand_in() -> None:
    """Terraform refuses a model without a sha256, so it gets a placeholder; releases have the real one."""
    seen = prediction(published=False, sha256="")
    assert seen.missing == [
        "web: its image is not published yet.",
        "web: its model films/1 is not published yet.",
    ]
    assert len(seen.unknowns) == 2
    planned = seen.renderable.releases["web"].model
    assert planned
    assert planned.sha256 == "0" * 64
    assert seen.releases["web"].model == ModelVersion(name="films", version="1", sha256="")


def test_a_service_without_a_model_has_none_planned() -> None:
    """No placeholder is needed."""
    release = ServiceRelease(image=f"r@{DIGEST}", repository_arn=None, model=None, desired_count=1)
    seen = Contents(images={}, releases={"web": release}, model_bucket=BUCKET)
    assert seen.renderable == seen


def test_a_process_image_that_is_not_made_has_a_stand_in() -> None:
    """Its digest is known before the push, unless Python has to make files for it first."""
    seen = prediction(published=False, sha256="b" * 64)
    packed = replace(seen.images["web"], kind="process")
    assert replace(seen, images={"web": packed}).unknowns == []
    made = replace(packed, has_stand_in=True)
    assert len(replace(seen, images={"web": made}).unknowns) == 1

"""Images and models that an apply needs: existing, missing, damaged."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.wrapper.records import release, service
from tests.wrapper.stack import Stack
from tests.wrapper.verify.scenes import found, only, scene_of
from wrapper.delivery.verify.images import images
from wrapper.delivery.verify.models import models
from wrapper.environment.release import ModelVersion

pytestmark = pytest.mark.slow

ABSENT = f"sha256:{'0' * 64}"


def publish(stack: Stack, version: str, *, noted: str | None = None, body: bytes = b"12345") -> ModelVersion:
    """Put a model of one file into the bucket; `noted` is the sha256 that its upload recorded, "" none."""
    digest = hashlib.sha256(b"12345").hexdigest()
    manifest = {"name": "films", "version": version, "files": {"a.bin": {"sha256": digest, "bytes": 5}}}
    content = json.dumps(manifest).encode()
    bucket, prefix = stack.environment.model_bucket, f"models/films/{version}"
    metadata = {"sha256": noted or digest} if noted != "" else {}
    stack.aws.s3.put_object(Bucket=bucket, Key=f"{prefix}/a.bin", Body=body, Metadata=metadata)
    stack.aws.s3.put_object(Bucket=bucket, Key=f"{prefix}/manifest.json", Body=content)
    return ModelVersion(name="films", version=version, sha256=hashlib.sha256(content).hexdigest())


def test_an_image_that_is_there_is_good(stack: Stack) -> None:
    """The reference has the digest that was pushed."""
    finding = only(images, scene_of(stack, image={"reference": stack.image}), release=release(1, services={}))
    assert finding.level == "ok"


def test_an_image_that_is_not_there_fails(stack: Stack) -> None:
    """The message has the key and the reference, the fix the repository to check."""
    reference = f"{stack.image.partition('@')[0]}@{ABSENT}"
    finding = found(images, scene_of(stack, image={"reference": reference}))[0]
    assert (finding.level, finding.subject) == ("fail", "services.web.image.reference")
    assert finding.detail == f"must be in its repository, but {reference} is not."
    assert f"--repository-name {stack.prefix}/web" in str(finding.fix)


def test_the_image_of_a_sidecar_is_looked_for(stack: Stack) -> None:
    """A task whose sidecar's image is missing does not start either."""
    sidecar = {"image": f"{stack.image.partition('@')[0]}@{ABSENT}"}
    finding = found(images, scene_of(stack, sidecars={"agent": sidecar}))[0]
    assert (finding.level, finding.subject) == ("fail", "services.web.sidecars.agent.image")


def test_the_sandbox_pulls_from_its_own_registry(stack: Stack) -> None:
    """It has no network, so an image from elsewhere could not start."""
    finding = found(images, scene_of(stack, image={"reference": f"docker.io/library/nginx@{ABSENT}"}))[0]
    assert finding.level == "fail"
    assert "sandbox's own registry" in finding.detail


def test_a_built_image_is_not_looked_for(stack: Stack) -> None:
    """Apply creates it; before the first release there is no other to find."""
    assert [each.level for each in found(images, scene_of(stack))] == ["skipped"]


def test_a_release_whose_image_is_gone_is_told(stack: Stack) -> None:
    """An apply is still possible, but no rollback."""
    lost = service(image="0")
    lost = replace(lost, image=f"{stack.image.partition('@')[0]}@{ABSENT}", model=None)
    kept = replace(service(model=None), image=stack.image)
    past = release(4, services={"web": lost, "api": kept})
    first, second = found(images, scene_of(stack), release=past)
    assert (first.level, second.level) == ("warn", "ok")
    assert first.subject == "release 4, image of web"


def test_a_published_model_is_good(stack: Stack) -> None:
    """The message has the start of its manifest's sha256."""
    published = publish(stack, "good")
    finding = only(models, scene_of(stack, model={"name": "films", "version": "good"}))
    assert finding.level == "ok"
    assert published.sha256[:12] in finding.detail


def test_a_model_that_is_not_published_fails(stack: Stack) -> None:
    """The fix is the command that publishes."""
    finding = only(models, scene_of(stack, model={"name": "films", "version": "absent"}))
    assert (finding.level, finding.subject) == ("fail", "services.web.model.version")
    assert f"python -m wrapper model publish {stack.environment.name}" in str(finding.fix)


@pytest.mark.parametrize(
    ("version", "damage", "said"),
    [
        ("short", {"body": b"1"}, "another size"),
        ("other", {"noted": "f" * 64}, "must have the sha256"),
        ("swapped", {"noted": "", "body": b"54321"}, "must have the sha256"),
    ],
)
def test_a_damaged_model_fails(stack: Stack, version: str, damage: dict[str, Any], said: str) -> None:
    """A file may be cut short or replaced, with or without a recorded sha256, even with an equal size."""
    publish(stack, version, **damage)
    finding = only(models, scene_of(stack, model={"name": "films", "version": version}))
    assert finding.level == "fail"
    assert said in finding.detail
    assert finding.fix == "publish the model under a new version"


def test_a_model_that_a_job_has_published_is_read(stack: Stack) -> None:
    """Its uploads record no sha256."""
    publish(stack, "job", noted="")
    assert only(models, scene_of(stack, model={"name": "films", "version": "job"})).level == "ok"


@pytest.mark.parametrize(
    "model", [{"name": "films"}, {"name": "films", "version": "2", "source": "s3://a/b"}]
)
def test_a_model_that_apply_publishes_is_skipped(stack: Stack, model: dict[str, str]) -> None:
    """It is trained here, or taken from its source."""
    assert only(models, scene_of(stack, model=model)).level == "skipped"


def test_a_file_that_apply_publishes_is_named(stack: Stack, tmp_path: Path) -> None:
    """A model that is a user's file is not trained."""
    (tmp_path / "model.pkl").write_bytes(b"1")
    finding = only(models, scene_of(stack, model={"name": "iris", "source": str(tmp_path / "model.pkl")}))
    assert finding.level == "skipped"
    assert finding.detail.endswith("model.pkl")


def test_a_model_that_is_missing_is_told_with_its_command(stack: Stack) -> None:
    """The command has its name and version, so no page is needed."""
    finding = only(models, scene_of(stack, model={"name": "iris", "version": "7"}))
    assert f"model publish {stack.environment.name} PATH --name iris --version 7" in str(finding.fix)


def test_a_released_model_is_compared_with_its_record(stack: Stack) -> None:
    """Another manifest under the same version is no longer that model."""
    published = publish(stack, "record")
    same = replace(service(), model=published)
    other = replace(service(), model=replace(published, sha256="0" * 64))
    gone = replace(service(), model=replace(published, version="never"))
    levels = [
        found(models, scene_of(stack), release=release(2, services={"web": each}))[0].level
        for each in (same, other, gone)
    ]
    assert levels == ["ok", "warn", "warn"]

"""Released images get a protecting tag: at once or later, and repeating it is harmless."""

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wrapper.records import release, service
from wrapper import image, releases
from wrapper.aws.client import Aws
from wrapper.environment import Image

pytestmark = pytest.mark.slow


@pytest.fixture
def name() -> str:
    return f"films-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def bucket(aws: Aws, name: str) -> str:
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


def push(aws: Aws, repository: str, folder: Path, text: str) -> str:
    """Push a new image with an immutable tag; return its reference."""
    known = [each["repositoryName"] for each in aws.ecr.describe_repositories()["repositories"]]
    if repository not in known:
        aws.ecr.create_repository(repositoryName=repository, imageTagMutability="IMMUTABLE")
    folder.mkdir(exist_ok=True)
    (folder / "app.py").write_text(text)
    (folder / "Dockerfile").write_text("FROM scratch\nWORKDIR /app\nCOPY app.py .\nCMD app.py\n")
    return image.publish(
        aws,
        repository_url=f"000000000000.dkr.ecr.eu-west-1.amazonaws.com/{repository}",
        image=Image(context="."),
        root=folder,
        engine=None,
        sandbox_registry=str(aws.endpoint_url).removeprefix("http://"),
        progress=lambda _: None,
    ).reference


def tags(aws: Aws, reference: str) -> list[str]:
    found = image.registry.tags_of(aws, reference=reference)
    return [tag for tag in found if not tag.startswith("src-")]


def record(aws: Aws, bucket: str, reference: str, **jobs: str) -> releases.Release:
    services = {"web": replace(service(), image=reference)}
    return releases.append(aws, bucket=bucket, draft=release(services=services, jobs=jobs))


def test_a_release_is_protected_by_its_number(aws: Aws, name: str, bucket: str, tmp_path: Path) -> None:
    """Images of its services and jobs get the tag; the digest is unchanged."""
    web, job = push(aws, f"{name}/web", tmp_path, "1"), push(aws, f"{name}/job", tmp_path, "2")
    made = record(aws, bucket, web, train=job)
    releases.protect_release(aws, made, repositories={f"{name}/web", f"{name}/job"})
    assert tags(aws, web) == tags(aws, job) == ["release-1"]
    assert image.holds(aws, reference=web)


def test_one_image_may_be_several_releases(aws: Aws, name: str, bucket: str, tmp_path: Path) -> None:
    """A rollback makes a release of an old image, which gets both numbers."""
    web = push(aws, f"{name}/web", tmp_path, "1")
    for _ in range(2):
        releases.protect_release(aws, record(aws, bucket, web), repositories={f"{name}/web"})
    assert tags(aws, web) == ["release-1", "release-2"]


def test_earlier_releases_catch_up_once(aws: Aws, name: str, bucket: str, tmp_path: Path) -> None:
    """A release from before these tags existed, or from an interrupted apply, is protected later."""
    repositories = {f"{name}/web", f"{name}/new"}
    old, new = (push(aws, f"{name}/web", tmp_path, text) for text in ("1", "2"))
    for reference in (old, new):
        record(aws, bucket, reference)
    assert releases.protect(aws, bucket=bucket, repositories=repositories, tell=print) == [1, 2]
    assert (tags(aws, old), tags(aws, new)) == (["release-1"], ["release-2"])
    assert releases.protect(aws, bucket=bucket, repositories=repositories, tell=print) == []


def test_interrupted_protection_is_completed(aws: Aws, name: str, bucket: str, tmp_path: Path) -> None:
    """Each image of the newest release is checked."""
    web, job = push(aws, f"{name}/web", tmp_path, "1"), push(aws, f"{name}/job", tmp_path, "2")
    made = record(aws, bucket, web, train=job)
    releases.protect_release(aws, made, repositories={f"{name}/web"})
    assert releases.protect(aws, bucket=bucket, repositories={f"{name}/web", f"{name}/job"}, tell=print) == [
        1
    ]
    assert tags(aws, job) == ["release-1"]


def test_images_elsewhere_and_lost_ones_are_left_alone(
    aws: Aws, name: str, bucket: str, tmp_path: Path
) -> None:
    """Only images in our repositories have our lifecycle; a deleted one can't be protected."""
    web = push(aws, f"{name}/web", tmp_path, "1")
    record(aws, bucket, "registry.example.com/web@sha256:" + "a" * 64)
    record(aws, bucket, f"{web.partition('@')[0]}@sha256:{'a' * 64}")
    assert releases.protect(aws, bucket=bucket, repositories={f"{name}/web"}, tell=print) == []
    assert releases.protect(aws, bucket=bucket, repositories=set(), tell=print) == []
    assert tags(aws, web) == []

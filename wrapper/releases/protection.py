"""Released images carry a tag, `release-<number>`, which their repository's lifecycle never lets expire."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from wrapper.aws.client import Aws, code_of, explained
from wrapper.environment.release import repository_name
from wrapper.releases.record import Release
from wrapper.releases.store import Tell, numbers, releases

if TYPE_CHECKING:
    from types_boto3_ecr.type_defs import ImageTypeDef

TAG_PREFIX = "release-"


def protect(aws: Aws, *, bucket: str, repositories: Collection[str], tell: Tell) -> list[int]:
    """Tag what the releases run, as far as it is in these repositories; return those that were not tagged.

    Can be repeated, which completes an interrupted run, and releases from before these tags. A missing
    image is left out; `verify` reports it.
    """
    with explained():
        tagged = {tag for name in repositories for tag in _tags(aws, name)}
        there = numbers(aws, bucket=bucket) if repositories else []
        # Of the newest release some images may be tagged and some not: it may have been interrupted.
        doubtful = [number for number in there if _tag(number) not in tagged or number == there[-1]]
        found = releases(aws, bucket=bucket, tell=tell, among=doubtful)
        return sorted(release.number for release in found if _protect(aws, release, repositories))


def protect_release(aws: Aws, release: Release, *, repositories: Collection[str]) -> None:
    """Tag what one release runs, as far as it is in these repositories."""
    with explained():
        _protect(aws, release, repositories)


def _protect(aws: Aws, release: Release, repositories: Collection[str]) -> bool:
    """Say whether an image has got its tag."""
    tag = _tag(release.number)
    put = [_put_tag(aws, repository, digest, tag) for repository, digest in _places(release, repositories)]
    return any(put)


def _places(release: Release, repositories: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each image's repository and digest."""
    images = {*(service.image for service in release.services.values()), *release.jobs.values()}
    for image in sorted(images):
        url, _, digest = image.partition("@")
        if repository_name(url) in repositories:
            yield repository_name(url), digest


def _put_tag(aws: Aws, repository: str, digest: str, tag: str) -> bool:
    from botocore.exceptions import ClientError

    image = _image(aws, repository, digest)
    if image is None:
        return False
    try:
        aws.ecr.put_image(
            repositoryName=repository,
            imageManifest=image.get("imageManifest", ""),
            imageManifestMediaType=image.get("imageManifestMediaType", ""),
            imageTag=tag,
        )
    except ClientError as error:
        if code_of(error) not in {"ImageAlreadyExistsException", "ImageTagAlreadyExistsException"}:
            raise
        return False
    return True


def _image(aws: Aws, repository: str, digest: str) -> "ImageTypeDef | None":
    """Fetch the manifest as it was pushed: under another form it would be another image."""
    found = aws.ecr.batch_get_image(
        repositoryName=repository,
        imageIds=[{"imageDigest": digest}],
        acceptedMediaTypes=[
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.docker.distribution.manifest.v2+json",
        ],
    )
    return next(iter(found.get("images", [])), None)


def _tags(aws: Aws, repository: str) -> Iterator[str]:
    """Yield a repository's tags; none before the first apply has made it."""
    try:
        for page in aws.ecr.get_paginator("list_images").paginate(
            repositoryName=repository, filter={"tagStatus": "TAGGED"}
        ):
            yield from (item.get("imageTag", "") for item in page["imageIds"])
    except aws.ecr.exceptions.RepositoryNotFoundException:
        return


def _tag(number: int) -> str:
    return f"{TAG_PREFIX}{number}"

"""Delete images and objects, because AWS deletes only empty repositories and buckets."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wrapper.aws.client import Aws
from wrapper.inventory.account import buckets
from wrapper.inventory.cleanup.counting import counted
from wrapper.inventory.containers import repositories
from wrapper.inventory.resource import Scope

if TYPE_CHECKING:
    from types_boto3_s3.type_defs import ObjectIdentifierTypeDef

_IMAGES = 100  # as many as BatchDeleteImage takes


def empty_repositories(aws: Aws, scope: Scope) -> Iterator[str]:
    """Delete all images of the environment's repositories."""
    for repository in repositories(aws, scope):
        digests = _digests(aws, repository.name)
        # ECR refuses to delete an image in an index before the index, so these images need a second pass.
        for rest in (digests, _digests(aws, repository.name) if digests else ()):
            _delete_images(aws, repository.name, rest)
        if digests:
            yield f"deleted {counted(len(digests), 'image')} of {repository.name}"


def empty_buckets(aws: Aws, scope: Scope, *, spare: str) -> Iterator[str]:
    """Delete every version of every object, except in the bucket to `spare`."""
    for bucket in buckets(aws, scope):
        if bucket.name == spare:
            continue
        count = 0
        for batch in _versions(aws, bucket.name):
            aws.s3.delete_objects(Bucket=bucket.name, Delete={"Objects": batch, "Quiet": True})
            count += len(batch)
        if count:
            yield f"deleted {counted(count, 'object')} of {bucket.name}"


def _digests(aws: Aws, repository: str) -> Sequence[str]:
    """Return the images' digests. (By tag, deletes would fail: an image is deleted with its last tag.)"""
    pages = aws.ecr.get_paginator("list_images").paginate(repositoryName=repository)
    return sorted({item.get("imageDigest", "") for page in pages for item in page["imageIds"]})


def _delete_images(aws: Aws, repository: str, digests: Sequence[str]) -> None:
    for start in range(0, len(digests), _IMAGES):
        aws.ecr.batch_delete_image(
            repositoryName=repository,
            imageIds=[{"imageDigest": digest} for digest in digests[start : start + _IMAGES]],
        )


def _versions(aws: Aws, bucket: str) -> Iterator[list["ObjectIdentifierTypeDef"]]:
    """Yield versions and delete markers in batches of up to 1,000, DeleteObjects' maximum."""
    for page in aws.s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        items = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if items:
            yield [{"Key": item.get("Key", ""), "VersionId": item.get("VersionId", "null")} for item in items]

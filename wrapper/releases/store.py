"""Releases in the state bucket: releases/<number>.json, each written whole, once, and never changed after."""

from collections.abc import Iterator
from dataclasses import replace

from wrapper.aws.client import Aws, explained
from wrapper.aws.objects import put_once
from wrapper.errors import PreconditionError
from wrapper.releases.record import Release, read, written

_FOLDER = "releases/"
_ATTEMPTS = 10


def releases(aws: Aws, *, bucket: str) -> Iterator[Release]:
    """Yield the releases, newest first, each read when it is asked for; none without the bucket."""
    for number in reversed(numbers(aws, bucket=bucket)):
        yield find(aws, bucket=bucket, number=number)


def newest(aws: Aws, *, bucket: str) -> Release | None:
    return next(releases(aws, bucket=bucket), None)


def numbers(aws: Aws, *, bucket: str) -> list[int]:
    """List the releases' numbers, oldest first."""
    with explained():
        try:
            pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=_FOLDER)
            keys = [item.get("Key", "") for page in pages for item in page.get("Contents", [])]
        except aws.s3.exceptions.NoSuchBucket:
            return []
    names = (key.removeprefix(_FOLDER).removesuffix(".json") for key in keys)
    return sorted(int(name) for name in names if name.isdecimal())


def find(aws: Aws, *, bucket: str, number: int) -> Release:
    """Read one release that `numbers` lists; raise PreconditionError if it can't be understood."""
    with explained():
        content = aws.s3.get_object(Bucket=bucket, Key=_key(number))["Body"].read()
    try:
        return read(content)
    except (ValueError, KeyError, TypeError) as error:
        raise PreconditionError(
            f"s3://{bucket}/{_key(number)} must be a release's record, got something else ({error}).",
            fix="use the clone that wrote it, or delete the object",
        ) from error


def append(aws: Aws, *, bucket: str, draft: Release) -> Release:
    """Write the draft under the next free number. Two may do so at once: each gets its own."""
    start = max(numbers(aws, bucket=bucket), default=0) + 1
    for number in range(start, start + _ATTEMPTS):
        release = replace(draft, number=number)
        if put_once(aws, bucket, _key(release.number), written(release)):
            return release
    raise PreconditionError(
        f"s3://{bucket}/{_FOLDER} must have a free number, got {_ATTEMPTS} releases by others meanwhile."
    )


def _key(number: int) -> str:
    return f"{_FOLDER}{number:06}.json"  # zero-padded, so that S3 lists them in order

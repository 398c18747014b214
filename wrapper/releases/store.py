"""Releases in the state bucket: releases/<number>.json, each written whole, once, and never changed after."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from wrapper.aws.client import Aws, explained
from wrapper.aws.objects import put_once
from wrapper.errors import DamagedError, PreconditionError
from wrapper.releases.record import Release, read, written

Tell = Callable[[str], None]

_FOLDER = "releases/"
_ATTEMPTS = 10


def releases(
    aws: Aws, *, bucket: str, tell: Tell | None = None, among: Sequence[int] | None = None
) -> Iterator[Release]:
    """Yield the releases, newest first, each read when it is asked for; none without the bucket.

    `among` are the numbers of those to read, oldest first. One that can't be read is left out and
    reported to `tell`; without it, DamagedError.
    """
    for number in reversed(numbers(aws, bucket=bucket) if among is None else among):
        try:
            yield find(aws, bucket=bucket, number=number)
        except DamagedError as error:
            if tell is None:
                raise
            tell(f"{error.message} It is ignored; {error.fix}.")


def newest(aws: Aws, *, bucket: str, tell: Tell | None = None) -> Release | None:
    return next(releases(aws, bucket=bucket, tell=tell), None)


def numbers(aws: Aws, *, bucket: str) -> list[int]:
    """List the releases' numbers, oldest first."""
    with explained():
        try:
            pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=_FOLDER)
            keys = [item.get("Key", "") for page in pages for item in page.get("Contents", [])]
        except aws.s3.exceptions.NoSuchBucket:
            return []
    names = (key.removeprefix(_FOLDER).removesuffix(".json") for key in keys)
    found = sorted(int(name) for name in names if name.isdecimal())
    return [number for number in found if _key(number) in keys]


def find(aws: Aws, *, bucket: str, number: int) -> Release:
    """Read one release that `numbers` lists; raise DamagedError if it can't be understood."""
    with explained():
        content = aws.s3.get_object(Bucket=bucket, Key=_key(number))["Body"].read()
    try:
        release = read(content)
        if release.number != number:
            raise ValueError(f"number: it is {release.number}")
    except ValueError as error:
        where = f"s3://{bucket}/{_key(number)}"
        raise DamagedError(
            f"{where} must be the record of release {number}, got something else ({error}).",
            fix=f"use the clone that wrote it, or delete it: aws s3 rm {where}",
        ) from error
    return release


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

"""The paused services, kept in the state bucket: paused/<service>.json, one object each."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter, ValidationError

from wrapper.aws.client import Aws, explained
from wrapper.aws.objects import put_once
from wrapper.errors import DamagedError

_FOLDER = "paused/"


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A paused service: `desired` tasks ran before, `at` is UTC."""

    service: str
    desired: int
    at: str
    who: str


_PAUSES = TypeAdapter(Pause)


def paused(aws: Aws, *, bucket: str, tell: Callable[[str], None] | None = None) -> dict[str, Pause]:
    """Return the pauses by service; none without the bucket.

    An invalid record raises DamagedError, because an apply would start a paused service; with `tell`, for a
    command that only reads, it is left out and reported.
    """
    with explained():
        return {pause.service: pause for pause in _pauses(aws, bucket, tell)}


def remember(aws: Aws, *, bucket: str, pause: Pause) -> None:
    """Write the pause, unless there is one: a second pause must keep the number of tasks before the first."""
    put_once(aws, bucket, _key(pause.service), json.dumps(asdict(pause), indent=2).encode())


def forget(aws: Aws, *, bucket: str, service: str) -> None:
    with explained():
        aws.s3.delete_object(Bucket=bucket, Key=_key(service))


def _pauses(aws: Aws, bucket: str, tell: Callable[[str], None] | None) -> Iterator[Pause]:
    try:
        pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=_FOLDER)
        keys = [item.get("Key", "") for page in pages for item in page.get("Contents", [])]
    except aws.s3.exceptions.NoSuchBucket:
        return
    for key in keys:
        try:
            yield _read(bucket, key, aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except DamagedError as error:
            if tell is None:
                raise
            tell(f"{error.message} It is ignored; {error.fix}.")


def _read(bucket: str, key: str, content: bytes) -> Pause:
    try:
        return _PAUSES.validate_json(content)
    except ValidationError as error:
        where, first = f"s3://{bucket}/{key}", error.errors(include_url=False)[0]
        raise DamagedError(
            f"{where} must be the record of a pause, got something else ({first['msg']}).",
            fix=f"use the clone that wrote it, or delete it: aws s3 rm {where}",
        ) from error


def _key(service: str) -> str:
    return f"{_FOLDER}{service}.json"

"""Which services are paused, remembered in the state bucket: paused/<service>.json, one object each."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from wrapper.aws.client import Aws, explained
from wrapper.aws.objects import put_once
from wrapper.errors import PreconditionError

_FOLDER = "paused/"


@dataclass(frozen=True, kw_only=True)
class Pause:
    """A service at rest: `desired` tasks ran before, `at` is UTC."""

    service: str
    desired: int
    at: str
    who: str


def paused(aws: Aws, *, bucket: str) -> dict[str, Pause]:
    """Return the pauses by service; none without the bucket."""
    with explained():
        return {pause.service: pause for pause in _pauses(aws, bucket)}


def remember(aws: Aws, *, bucket: str, pause: Pause) -> None:
    """Write the pause, unless there is one: a second pause must not forget how many tasks ran before."""
    put_once(aws, bucket, _key(pause.service), json.dumps(asdict(pause), indent=2).encode())


def forget(aws: Aws, *, bucket: str, service: str) -> None:
    with explained():
        aws.s3.delete_object(Bucket=bucket, Key=_key(service))


def _pauses(aws: Aws, bucket: str) -> Iterator[Pause]:
    try:
        pages = aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=_FOLDER)
        keys = [item.get("Key", "") for page in pages for item in page.get("Contents", [])]
    except aws.s3.exceptions.NoSuchBucket:
        return
    for key in keys:
        yield _read(bucket, key, aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def _read(bucket: str, key: str, content: bytes) -> Pause:
    try:
        document: dict[str, Any] = json.loads(content)
        return Pause(**document)
    except (ValueError, TypeError) as error:
        raise PreconditionError(
            f"s3://{bucket}/{key} must be the record of a pause, got something else ({error}).",
            fix="use the clone that wrote it, or delete the object",
        ) from error


def _key(service: str) -> str:
    return f"{_FOLDER}{service}.json"

"""Terraform's own lock on a state: an object `<key>.tflock` beside it, with its holder."""

import json
from dataclasses import dataclass, field
from typing import Any

from wrapper.aws.client import Aws, code_of, explained
from wrapper.errors import LockedError


@dataclass(frozen=True, kw_only=True)
class Lock:
    """What Terraform writes into a lock; `created` is UTC, `operation` is plan, apply, …

    `etag` is that of the object, for replacing it.
    """

    id: str
    key: str
    who: str
    created: str
    operation: str
    terraform_version: str
    etag: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"the lock on {self.key}: {self.operation} by {self.who} since {self.created}"


def lock_of(aws: Aws, bucket: str, key: str) -> Lock | None:
    """Read the lock on the state `key`, None without one."""
    found = read_lock(aws, bucket, key)
    return found[0] if found else None


def read_lock(aws: Aws, bucket: str, key: str) -> tuple[Lock, dict[str, Any]] | None:
    """Read a lock as `Lock` and as it is written, None without one."""
    from botocore.exceptions import ClientError

    with explained():
        try:
            answer = aws.s3.get_object(Bucket=bucket, Key=_object(key))
            body = answer["Body"].read()
        except ClientError as error:
            if code_of(error) in ("NoSuchKey", "NoSuchBucket"):
                return None
            raise
    return _read(key, body, answer["ETag"])


def unlock(aws: Aws, bucket: str, key: str, *, expected: Lock | None = None) -> Lock | None:
    """Remove the lock and return it, None without one.

    Raises LockedError if `expected` was given and another process holds the lock now.
    """
    lock = lock_of(aws, bucket, key)
    if lock is None:
        return None
    if expected and lock.id != expected.id:
        raise LockedError(
            f"{lock} changed meanwhile; it was kept.",
            fix="Wait until that command has ended.",
        )
    with explained():
        aws.s3.delete_object(Bucket=bucket, Key=_object(key))
    return lock


def _object(key: str) -> str:
    return f"{key}.tflock"


def _read(key: str, body: bytes, etag: str) -> tuple[Lock, dict[str, Any]]:
    """Read the lock; one that Terraform did not write is still a lock and can be removed."""
    try:
        info = json.loads(body)
    except (ValueError, RecursionError):
        info = None
    if not isinstance(info, dict):
        info = {}
    lock = Lock(
        id=str(info.get("ID", "?")),
        key=key,
        who=str(info.get("Who", "?")),
        created=str(info.get("Created", "?")),
        operation=str(info.get("Operation", "?")).removeprefix("OperationType").lower(),
        terraform_version=str(info.get("Version", "?")),
        etag=etag,
    )
    return lock, info

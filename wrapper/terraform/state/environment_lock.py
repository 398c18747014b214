"""One command at a time: a lock on the whole environment, from before its first change until after its last.

Terraform's own locks cover one plan or apply each; what the wrapper does between them needs a lock as well.
It is an object like Terraform's, so that it is reported and removed in the same way.
"""

import json
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from wrapper.aws.client import Aws, explained
from wrapper.aws.identity import who
from wrapper.aws.objects import put_instead, put_once
from wrapper.errors import LockedError, WrapperError
from wrapper.terraform.lock_timeout import LOCK_VARIABLE, lock_seconds
from wrapper.terraform.state.holder import identity, is_dead
from wrapper.terraform.state.lock import Lock, lock_of, read_lock

KEY = "environment"
STATES = ("foundation.tfstate", "app.tfstate")
# If its parent dies, the kernel interrupts Terraform, which finishes its current operations, such as a load
# balancer.
WIND_DOWN_SECONDS = 90.0
_POLL_SECONDS = 1.0


@contextmanager
def environment_lock(
    aws: Aws,
    *,
    bucket: str,
    environment: str,
    operation: str,
    note: Callable[[str], None],
    seconds: float | None = None,
) -> Iterator[None]:
    """Hold the environment's lock, waited for at most `seconds`; raise LockedError with its holder.

    None waits as WRAPPER_LOCK_SECONDS says. The lock of a destroy is not waited for: after it there is
    nothing to work on. The lock of a process that is known to be dead is taken over, once the Terraform that
    it started has ended.
    """
    document = _document(aws, operation)
    content = json.dumps(document).encode()
    deadline = time.monotonic() + (lock_seconds(os.environ) if seconds is None else seconds)
    told = False
    while not put_once(aws, bucket, f"{KEY}.tflock", content):
        found = read_lock(aws, bucket, KEY)
        if found is None:
            continue  # it was released just now
        lock, holder = found
        if is_dead(holder):
            if _take_over(aws, bucket, lock, content, note):
                break
            continue
        if lock.operation == "destroy" or time.monotonic() >= deadline:
            raise _locked(lock, environment)
        if not told:
            note(f"waiting for {lock} ({LOCK_VARIABLE} says how long).")
            told = True
        time.sleep(_POLL_SECONDS)
    try:
        yield
    finally:
        release(aws, bucket, document["ID"])


def _take_over(aws: Aws, bucket: str, lock: Lock, content: bytes, note: Callable[[str], None]) -> bool:
    """Replace a dead process's lock; False if another one was faster."""
    note(f"{lock}: that process has ended; this command takes the lock over.")
    deadline = time.monotonic() + WIND_DOWN_SECONDS
    while time.monotonic() < deadline and any(lock_of(aws, bucket, key) for key in STATES):
        time.sleep(_POLL_SECONDS)
    return put_instead(aws, bucket, f"{KEY}.tflock", content, of=lock.etag)


def release(aws: Aws, bucket: str, identity: str) -> None:
    """Delete the lock if it is still this process's; a sandbox that is gone has no lock."""
    if not _answers(aws):
        return
    with suppress(WrapperError), explained():
        held = lock_of(aws, bucket, KEY)
        if held and held.id == identity:
            aws.s3.delete_object(Bucket=bucket, Key=f"{KEY}.tflock")


def _answers(aws: Aws) -> bool:
    """Return whether the sandbox exists at all, without the many seconds of retries; AWS always does."""
    place = urlsplit(aws.endpoint_url or "")
    if place.hostname is None or place.port is None:
        return True
    try:
        socket.create_connection((place.hostname, place.port), timeout=1).close()
    except OSError:
        return False
    return True


def _document(aws: Aws, operation: str) -> dict[str, Any]:
    """Return what Terraform writes into its locks, and the process."""
    return {
        "ID": str(uuid.uuid4()),
        "Operation": operation,
        "Who": who(aws),
        "Created": datetime.now(UTC).isoformat(timespec="seconds"),
        "Version": "",
        **identity(),
    }


def _locked(lock: Lock, environment: str) -> LockedError:
    held = f"{lock.who} since {lock.created} ({lock.operation}, lock {lock.id})"
    return LockedError(
        f"{environment} is locked by {held}; nothing was changed.",
        fix=f"Wait until it is done. If that process is dead: `python -m wrapper unlock {environment}`.",
    )

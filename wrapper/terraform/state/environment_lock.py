"""One command at a time: a lock on the whole environment, from before its first change until after its last.

Terraform's own locks cover one plan or apply each; what the wrapper does between them needs cover as well.
It is an object like theirs, so that it is told and cleared like theirs.
"""

import json
import os
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wrapper.aws.client import Aws
from wrapper.aws.identity import who
from wrapper.aws.objects import put_once
from wrapper.errors import LockedError
from wrapper.terraform.state.lock import Lock, lock_of, read_lock, unlock

KEY = "environment"
STATES = ("foundation.tfstate", "app.tfstate")
# Terraform, told by the kernel that its parent died, finishes what it is at, which may be a load balancer.
WIND_DOWN_SECONDS = 90.0
_POLL_SECONDS = 1.0


@contextmanager
def environment_lock(
    aws: Aws, *, bucket: str, environment: str, operation: str, note: Callable[[str], None]
) -> Iterator[None]:
    """Hold the environment's lock; raise LockedError that says who else does.

    The lock of a process of this machine that is dead is taken over, once the Terraform that it left behind
    is done.
    """
    document = _document(aws, operation)
    if not put_once(aws, bucket, f"{KEY}.tflock", json.dumps(document).encode()):
        _take_over(aws, bucket, environment, note)
        if not put_once(aws, bucket, f"{KEY}.tflock", json.dumps(document).encode()):
            raise _locked(lock_of(aws, bucket, KEY), environment)
    try:
        yield
    finally:
        release(aws, bucket, document["ID"])


def _take_over(aws: Aws, bucket: str, environment: str, note: Callable[[str], None]) -> None:
    found = read_lock(aws, bucket, KEY)
    if found is None:
        return
    lock, holder = found
    if not _is_dead(holder):
        raise _locked(lock, environment)
    note(f"{lock}: that process is dead, going on in its place.")
    deadline = time.monotonic() + WIND_DOWN_SECONDS
    while time.monotonic() < deadline and any(lock_of(aws, bucket, key) for key in STATES):
        time.sleep(_POLL_SECONDS)
    unlock(aws, bucket, KEY, expected=lock)


def release(aws: Aws, bucket: str, identity: str) -> None:
    """Delete the lock if it is still ours; what can't be asked any more holds none."""
    from botocore.exceptions import BotoCoreError, ClientError

    if not _answers(aws):
        return
    with suppress(BotoCoreError, ClientError):
        held = json.loads(aws.s3.get_object(Bucket=bucket, Key=f"{KEY}.tflock")["Body"].read())
        if held.get("ID") == identity:
            aws.s3.delete_object(Bucket=bucket, Key=f"{KEY}.tflock")


def _answers(aws: Aws) -> bool:
    """Say whether the sandbox is there at all, without the many seconds that retries take; AWS always is."""
    place = urlsplit(aws.endpoint_url or "")
    if place.hostname is None or place.port is None:
        return True
    try:
        socket.create_connection((place.hostname, place.port), timeout=1).close()
    except OSError:
        return False
    return True


def _document(aws: Aws, operation: str) -> dict[str, Any]:
    """Write what Terraform writes into its locks, and which process of which machine it is."""
    pid = os.getpid()
    return {
        "ID": str(uuid.uuid4()),
        "Operation": operation,
        "Who": who(aws),
        "Created": datetime.now(UTC).isoformat(timespec="seconds"),
        "Version": "",
        "Host": socket.gethostname(),
        "Pid": pid,
        "Started": _started(pid),
    }


def _is_dead(holder: dict[str, Any]) -> bool:
    """Say whether the holder was a process of this machine, and is no more; of others nothing is known."""
    if holder.get("Host") != socket.gethostname() or not isinstance(holder.get("Pid"), int):
        return False
    try:
        os.kill(holder["Pid"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(holder["Pid"]) != holder.get("Started")


def _started(pid: int) -> str:
    """Return when a process began, in the kernel's ticks, "" elsewhere: its number may be another's."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _locked(lock: Lock | None, environment: str) -> LockedError:
    held = (
        f"{lock.who} since {lock.created} ({lock.operation}, lock {lock.id})" if lock else "another command"
    )
    return LockedError(
        f"{environment} is locked by {held}; nothing was changed.",
        fix=f"Wait until it is done. If that process is dead: `python -m wrapper unlock {environment}`.",
    )

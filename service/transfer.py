"""What every store does: name an object, check what arrives against the manifest, try again."""

import random
import time
from collections.abc import Callable
from mmap import MADV_DONTNEED, mmap
from typing import TypeVar

from service.artifact_format import FileEntry
from service.errors import ArtifactError, UnavailableError
from service.log import logger

T = TypeVar("T")


def joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder and name else folder or name


def forgotten(content: mmap) -> mmap:
    """Give back the pages that hashing has touched: only those that requests touch should count as ours.

    They stay in the system's cache, so nothing is read from the disk again.
    """
    content.madvise(MADV_DONTNEED)
    return content


def check_limit(path: str, size: int, limit: int) -> None:
    if size > limit:
        raise ArtifactError(f"{path} must be at most {limit:,} bytes long, got {size:,}.")


def check_size(path: str, size: int, entry: FileEntry) -> None:
    if size != entry.bytes:
        raise ArtifactError(f"{path} must be {entry.bytes} bytes long, got {size}.")


def check_sha256(path: str, sha256: str, entry: FileEntry) -> None:
    if sha256 != entry.sha256:
        raise ArtifactError(f"{path} must have the sha256 {entry.sha256}, got {sha256}.")


def patiently(action: Callable[[], T], attempts: int) -> T:
    """Try again after an UnavailableError, with full jitter: up to 0.4, 0.8, 1.6 … 5 seconds between tries.

    Jitter because all tasks of a deployment start at once and would be throttled at once again
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
    """
    for attempt in range(1, attempts):
        try:
            return action()
        except UnavailableError as error:
            delay = random.uniform(0, min(5.0, 0.2 * 2**attempt))
            fields = {"attempt": attempt, "attempts": attempts, "message": error.message}
            logger.warning("model_retry", extra={"fields": fields})
            time.sleep(delay)
    return action()

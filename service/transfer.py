"""What all stores share: joining paths, checking files against the manifest, retries."""

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
    """Join a folder and a name, either of which may be empty."""
    return f"{folder}/{name}" if folder and name else folder or name


def release_pages(content: mmap) -> mmap:
    """Release the pages that hashing has read, so that only pages of requests count as the task's memory.

    They stay in the system's cache, so nothing is read from the disk again. Returns `content`.
    """
    content.madvise(MADV_DONTNEED)
    return content


def check_limit(path: str, size: int, limit: int) -> None:
    """Raise ArtifactError if `size` is more than `limit` bytes."""
    if size > limit:
        raise ArtifactError(f"{path} must be at most {limit:,} bytes long, got {size:,}.")


def check_size(path: str, size: int, entry: FileEntry) -> None:
    """Raise ArtifactError unless `size`, in bytes, is the manifest's."""
    if size != entry.bytes:
        raise ArtifactError(f"{path} must be {entry.bytes} bytes long, got {size}.")


def check_sha256(path: str, sha256: str, entry: FileEntry) -> None:
    """Raise ArtifactError unless `sha256` is the manifest's."""
    if sha256 != entry.sha256:
        raise ArtifactError(f"{path} must have the sha256 {entry.sha256}, got {sha256}.")


def retry(action: Callable[[], T], attempts: int) -> T:
    """Call `action` up to `attempts` times while it raises UnavailableError; the last one is raised.

    Exponential back-off with full jitter: it waits up to 0.4, 0.8, 1.6 … 5 seconds. Without jitter, the tasks
    of a deployment, which start together, would be throttled together each time
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

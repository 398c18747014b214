"""Models in S3, by obstore: parallel ranges, the task role's credentials, and a log line for each retry."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from mmap import ACCESS_READ, mmap
from typing import IO, Any, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, UnauthenticatedError

from service.artifact_format import MAX_MANIFEST_BYTES, FileEntry
from service.errors import ArtifactError, DiskError, MissingError, UnavailableError
from service.settings import StoreSettings
from service.transfer import check_limit, check_sha256, joined, release_pages, retry

T = TypeVar("T")

# Eight ranges of 8 MiB in parallel use all of a Fargate task's network, and at most 64 MiB of memory.
_RANGE_BYTES = 8 * 2**20
_RANGES = 8


class S3Store:
    """A prefix of a bucket, as a `store.Store`. Files are fetched into unnamed temporary files and mapped.

    Every method raises as `store.Store` says.
    """

    def __init__(self, *, bucket: str, prefix: str, settings: StoreSettings) -> None:
        self.location = joined(f"s3://{bucket}", prefix)
        self._settings = settings
        endpoint = settings.aws.get("aws_endpoint_url_s3") or settings.aws.get("aws_endpoint", "")
        timeout = timedelta(seconds=settings.timeout_seconds)
        config: Any = dict(settings.aws)
        self._store = obstore.store.S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options={
                "allow_http": endpoint.startswith("http://"),
                "timeout": timeout,
                "connect_timeout": min(timeout, timedelta(seconds=5)),
            },
            # `retry` repeats a request instead, because it logs each attempt.
            retry_config={"max_retries": 0, "retry_timeout": timeout},
        )

    def read(self, path: str, limit: int = MAX_MANIFEST_BYTES) -> bytes:
        """Read one small object, see `store.Store.read`."""

        def bounded() -> bytes:
            found = obstore.get(self._store, path)
            check_limit(path, found.meta["size"], limit)
            return bytes(found.bytes())

        return self._ask(path, bounded)

    def create(self, path: str, content: bytes) -> None:
        """Write an object that must not exist yet, or raise FileExistsError."""
        try:
            self._ask(
                path, lambda: obstore.put(self._store, path, content, mode="create", use_multipart=False)
            )
        except AlreadyExistsError:
            raise FileExistsError(f"{joined(self.location, path)} exists already.") from None

    def replace(self, path: str, content: bytes) -> None:
        """Write or overwrite an object in one request: a reader sees either the old or the new one."""
        self._ask(path, lambda: obstore.put(self._store, path, content, use_multipart=False))

    def fetch(self, folder: str, files: Mapping[str, FileEntry]) -> dict[str, mmap]:
        """Download, verify and map files, see `store.Store.fetch`."""
        with ExitStack() as stack:
            spaces = {name: stack.enter_context(self._space(entry.bytes)) for name, entry in files.items()}
            pool = stack.enter_context(ThreadPoolExecutor(_RANGES))
            # This runs before the pool's own exit: after a failure, the other ranges are not fetched.
            stack.callback(pool.shutdown, cancel_futures=True)
            arrivals = {
                name: [
                    pool.submit(self._copy, joined(folder, name), space, start, files[name].bytes)
                    for start in range(0, files[name].bytes, _RANGE_BYTES)
                ]
                for name, space in spaces.items()
            }
            return {name: _map(name, spaces[name], files[name], arrivals[name]) for name in files}

    @contextmanager
    def _space(self, size: int) -> Iterator[IO[bytes]]:
        """Reserve an unnamed file of `size` bytes; the system deletes it, however the process ends."""
        folder = self._settings.cache_dir
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                os.posix_fallocate(file.fileno(), 0, size)
                yield file
        except OSError as error:
            raise DiskError(
                f"{folder} must have room for a file of {size:,} bytes: {error.strerror}."
            ) from None

    def _copy(self, path: str, space: IO[bytes], start: int, size: int) -> int:
        """Download the range that begins at `start`, write it to its place, and return where it ends."""
        end = min(start + _RANGE_BYTES, size)
        content = self._ask(path, lambda: obstore.get_range(self._store, path, start=start, end=end))
        if len(content) != end - start:
            raise ArtifactError(f"{path} must be {size} bytes long, got {start + len(content)}.")
        os.pwrite(space.fileno(), content, start)
        return end

    def _ask(self, path: str, action: Callable[[], T]) -> T:
        where = joined(self.location, path)

        def ask() -> T:
            try:
                return action()
            except FileNotFoundError:
                raise MissingError(f"{where} is missing.") from None
            except (PermissionDeniedError, UnauthenticatedError) as error:
                # S3 denies access to a missing key, too, if the role may not list the bucket.
                raise MissingError(f"{where} is missing or may not be read: {_first_line(error)}") from None
            except AlreadyExistsError:
                raise
            except BaseError as error:
                if "416 Range Not Satisfiable" in str(error):
                    raise ArtifactError(f"{path} is shorter than its manifest says.") from None
                raise UnavailableError(f"{where} did not answer: {_first_line(error)}") from None

        return retry(ask, self._settings.attempts)


def _map(path: str, space: IO[bytes], entry: FileEntry, arrivals: list[Future[int]]) -> mmap:
    """Map the file, and hash its ranges in order while later ones are still being downloaded."""
    content = mmap(space.fileno(), entry.bytes, access=ACCESS_READ)
    digest, start = hashlib.sha256(), 0
    with memoryview(content) as view:
        for arrival in arrivals:
            end = arrival.result()
            digest.update(view[start:end])
            start = end
    check_sha256(path, digest.hexdigest(), entry)
    return release_pages(content)


def _first_line(error: BaseError) -> str:
    """Return obstore's message without the dump of Rust's error that follows it."""
    return str(error).partition("\n")[0]

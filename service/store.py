"""Where models live: `s3://bucket/prefix`, `file:///folder` or a plain path, behind one protocol."""

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Protocol, TypeVar
from urllib.parse import unquote, urlsplit

from service.artifact_format import MAX_MANIFEST_BYTES, FileEntry
from service.errors import MissingError, SettingsError, StoreError
from service.settings import StoreSettings
from service.transfer import check_limit, check_sha256, check_size, joined, release_pages

T = TypeVar("T")


class Store(Protocol):
    """A folder on this machine or in S3. Paths are relative to it, with `/`.

    Both methods raise MissingError for a file that does not exist and UnavailableError for a failure that may
    pass; `fetch` also raises ArtifactError for a file that is not what its entry says, and DiskError.
    """

    location: str

    def read(self, path: str, limit: int = MAX_MANIFEST_BYTES) -> bytes:
        """Read one small object. Raises ArtifactError, before reading, for more than `limit` bytes."""
        ...

    def fetch(self, folder: str, files: Mapping[str, FileEntry]) -> dict[str, mmap]:
        """Return each file as a memory map, its size and sha256 verified. `folder` may be empty."""
        ...


def open_store(location: str, settings: StoreSettings) -> Store:
    """Return the store of a location, without any access. Raises SettingsError for an unknown scheme."""
    scheme, separator, rest = location.partition("://")
    if not separator:
        return FileStore(Path(location))
    if scheme == "file":
        return FileStore(Path(unquote(urlsplit(location).path)))
    if scheme == "s3":
        from service.s3 import S3Store  # a model on disk does not need this slow import

        bucket, _, prefix = rest.partition("/")
        return S3Store(bucket=bucket, prefix=prefix.strip("/"), settings=settings)
    raise SettingsError(f"MODEL_URI must be s3://bucket/prefix, file:///folder or a path, got {location!r}.")


class FileStore:
    """A folder on this machine, as a `Store`. Its files are mapped in place."""

    def __init__(self, root: Path) -> None:
        self.location = str(root)
        self._root = root

    def read(self, path: str, limit: int = MAX_MANIFEST_BYTES) -> bytes:
        """Read one small file, see `Store.read`."""

        def bounded(file: Path) -> bytes:
            check_limit(path, file.stat().st_size, limit)
            return file.read_bytes()

        return self._opened(path, bounded)

    def fetch(self, folder: str, files: Mapping[str, FileEntry]) -> dict[str, mmap]:
        """Verify and map files, see `Store.fetch`."""
        with ThreadPoolExecutor(2) as pool:
            mapped = pool.map(lambda name: self._map(joined(folder, name), files[name]), files)
            return dict(zip(files, mapped, strict=True))

    def _map(self, path: str, entry: FileEntry) -> mmap:
        def open_and_map(file: Path) -> mmap:
            with file.open("rb") as opened:
                check_size(path, file.stat().st_size, entry)
                return mmap(opened.fileno(), 0, access=ACCESS_READ)

        content = self._opened(path, open_and_map)
        check_sha256(path, hashlib.sha256(content).hexdigest(), entry)
        return release_pages(content)

    def _opened(self, path: str, action: Callable[[Path], T]) -> T:
        file = self._root / path
        try:
            if file.is_fifo():
                raise MissingError(f"{file} must be a readable file, got a pipe.")
            return action(file)
        except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
            raise MissingError(f"{file} must be a readable file: {error.strerror}.") from None
        except OSError as error:
            raise StoreError(f"{file} could not be read: {error.strerror}.") from None

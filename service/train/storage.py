"""Ratings from S3 to this machine, artefacts from this machine to S3."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from service.artifact_format import MANIFEST
from service.errors import StoreError
from service.settings import StoreSettings
from service.train.errors import DataError
from service.train.source import Source

_CHUNK = 8 * 2**20


def is_remote(location: str) -> bool:
    return location.startswith("s3://")


def local_path(location: str) -> Path:
    """Return the path that a plain path or a file:// address means."""
    return Path(unquote(urlsplit(location).path)) if location.startswith("file://") else Path(location)


class Bucket:
    """The objects under an s3://bucket/prefix; obstore tries again when S3 is slow or throttles."""

    def __init__(self, location: str, environment: Mapping[str, str]) -> None:
        self.location = location.rstrip("/")
        bucket, _, prefix = self.location.removeprefix("s3://").partition("/")
        aws = dict(StoreSettings.from_environment(environment).aws)
        endpoint = aws.get("aws_endpoint_url_s3") or aws.get("aws_endpoint", "")
        config: Any = aws
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options={"allow_http": endpoint.startswith("http://")},
        )

    def fetch(self, name: str, folder: Path) -> Source | None:
        """Copy one object into `folder`, None if it is not there. Raises DataError if it cannot be had."""
        source = Source(path=folder / name, name=f"{self.location}/{name}")
        try:
            chunks = obstore.get(self._store, name).stream(min_chunk_size=_CHUNK)
            with source.path.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise DataError(source.name, 0, f"must be readable, got: {_first_line(error)}") from None
        return source

    def has_model(self) -> bool:
        try:
            self._ask(lambda: obstore.head(self._store, MANIFEST))
        except FileNotFoundError:
            return False
        return True

    def publish(self, directory: Path, update: Callable[[str], None]) -> None:
        """Copy an artefact's files, the manifest last and only if there is none: FileExistsError."""
        for path in sorted(directory.iterdir()):
            if path.name != MANIFEST:
                update(f"writing {self.location}/{path.name}")
                self._put(path)
        manifest = (directory / MANIFEST).read_bytes()
        try:
            self._ask(
                lambda: obstore.put(self._store, MANIFEST, manifest, mode="create", use_multipart=False)
            )
        except AlreadyExistsError:
            raise FileExistsError(f"{self.location} exists already; a model version never changes.") from None

    def _put(self, path: Path) -> None:
        self._ask(lambda: obstore.put(self._store, path.name, path))

    def _ask(self, action: Callable[[], object]) -> None:
        try:
            action()
        except (FileNotFoundError, AlreadyExistsError):
            raise
        except BaseError as error:
            raise StoreError(f"{self.location} could not be used: {_first_line(error)}") from None


def _first_line(error: BaseError) -> str:
    """obstore's messages go on with a dump of Rust's error."""
    return str(error).partition("\n")[0]

"""Read places: paths, file:// addresses, and s3:// objects, which are first copied to this machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from service.settings import StoreSettings
from service.train.source import Source

_CHUNK = 8 * 2**20


def is_remote(location: str) -> bool:
    """Return whether the location is in S3."""
    return location.startswith("s3://")


def local_path(location: str) -> Path:
    """Return the path of a plain path or a file:// address."""
    return Path(unquote(urlsplit(location).path)) if location.startswith("file://") else Path(location)


def fetch(location: str, folder: Path, environment: Mapping[str, str]) -> Source | None:
    """Copy an s3:// object into `folder`; None if it does not exist. Raises DataError if it cannot be read.

    obstore itself tries again if S3 is slow or throttles.
    """
    place, _, name = location.rpartition("/")
    source = Source(path=folder / name, name=location)
    try:
        chunks = obstore.get(_open(place, environment), name).stream(min_chunk_size=_CHUNK)
        with source.path.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
    except FileNotFoundError:
        return None
    except BaseError as error:
        # After the first line, obstore's messages continue with a dump of Rust's error.
        raise source.error(0, f"must be readable, got: {str(error).splitlines()[0]}") from None
    return source


def _open(place: str, environment: Mapping[str, str]) -> S3Store:
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    config: Any = dict(StoreSettings.from_environment(environment).aws)
    endpoint = config.get("aws_endpoint_url_s3") or config.get("aws_endpoint", "")
    plain = endpoint.startswith("http://")
    return S3Store(bucket, prefix=prefix or None, config=config, client_options={"allow_http": plain})

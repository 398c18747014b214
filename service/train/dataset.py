"""The training data: ratings, titles, and the fingerprint that the manifest records."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.train.errors import DataError
from service.train.layout import Columns
from service.train.ratings import Ratings
from service.train.reader import read
from service.train.sample import generate
from service.train.source import Source
from service.train.storage import fetch, is_remote, local_path
from service.train.titles import BESIDE, beside, read_titles

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """`titles` has one entry per item row; `fingerprint` names the files and their sha256."""

    ratings: Ratings
    titles: Sequence[str]
    fingerprint: Mapping[str, Any]


def sample() -> Dataset:
    """Return the generated sample."""
    ratings, titles = generate()
    return Dataset(
        ratings=ratings,
        titles=[titles[item] for item in ratings.item_ids],
        fingerprint={"ratings": "generated sample", "count": len(ratings)},
    )


class Loader:
    """Reads datasets from this machine, or from S3 through copies in `folder`."""

    def __init__(
        self, *, folder: Path, environment: Mapping[str, str], say: Progress, update: Progress
    ) -> None:
        self._folder = folder
        self._environment = environment
        self._say = say
        self._update = update

    def load(self, ratings: str, titles: str | None, columns: Columns) -> Dataset:
        """Read ratings, and titles from `titles` or from a file in the ratings' folder. Raises DataError."""
        source = self._source(ratings)
        table = read(source, columns, say=self._say, update=self._update)
        titles_source = self._source(titles) if titles else self._beside(ratings)
        known = read_titles(titles_source, columns) if titles_source else {}
        return Dataset(
            ratings=table,
            titles=self._titles(table.item_ids, known),
            fingerprint={
                "ratings": _fingerprint(source),
                "titles": _fingerprint(titles_source) if titles_source else None,
                "count": len(table),
            },
        )

    def _source(self, location: str) -> Source:
        if not is_remote(location):
            return Source(path=local_path(location), name=location)
        self._update(f"fetching {location}")
        found = fetch(location, self._folder, self._environment)
        if found is None:
            raise DataError(location, 0, "is missing.")
        return found

    def _beside(self, ratings: str) -> Source | None:
        if not is_remote(ratings):
            path = beside(local_path(ratings))
            return Source(path=path, name=str(path)) if path else None
        folder = ratings.rpartition("/")[0]
        found = (fetch(f"{folder}/{name}", self._folder, self._environment) for name in BESIDE)
        return next((source for source in found if source), None)

    def _titles(self, item_ids: Sequence[str], known: Mapping[str, str]) -> list[str]:
        missing = sum(not known.get(item) for item in item_ids)
        if missing:
            self._say(f"{missing:,} of {len(item_ids):,} items have no title; their ids are used")
        return [known.get(item) or item for item in item_ids]


def _fingerprint(source: Source) -> dict[str, Any]:
    """Describe a file by name and sha256, without its folder: the same file elsewhere is the same data."""
    with source.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": source.path.name, "sha256": digest, "bytes": source.path.stat().st_size}

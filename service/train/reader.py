"""Read a ratings file: fast in batches, and again line by line to say where it is wrong."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import IO

import numpy as np
from numpy.typing import NDArray

from service.artifact_format import MAX_ID_BYTES
from service.train.errors import DataError
from service.train.layout import Columns, Layout, detect
from service.train.ratings import Ratings, Rows, collect
from service.train.source import Source

Progress = Callable[[str], None]

_BATCH = 512  # Rows parsed at a time: they fit the processor's cache; 16,384 take three times as long.
_REPORTED = 1000  # Batches between two words of progress.
_REMEMBERED = 100_000  # Distinct numbers that need no second parsing.

_Batch = tuple[Rows, Rows, NDArray[np.float32], NDArray[np.float64]]


class _UnfitError(ValueError):
    """What is wrong with a row. Where it is, a second look finds out."""


def read(source: Source, columns: Columns, *, say: Progress, update: Progress) -> Ratings:
    """Read ratings in any layout that `detect` knows; about 1 µs and 20 bytes each. Raises DataError.

    `say` gets what is worth knowing about the data, `update` how far the reading is.
    """
    layout = detect(source, columns)
    parser = _Parser(layout)
    try:
        parts = list(_parts(source, layout, parser, update))
    except _UnfitError:
        raise _located(source, layout) from None
    if not parts:
        raise source.error(2 if layout.has_header else 1, "must have ratings, got none.")
    users, items, values, moments = (np.concatenate(column) for column in zip(*parts, strict=True))
    parts.clear()
    ratings, replaced = collect(
        user_ids=parser.users.names,
        item_ids=parser.items.names,
        users=users,
        items=items,
        values=values,
        moments=moments,
    )
    _check_users(source, layout, ratings)
    if replaced:
        say(f"{replaced:,} ratings gave way to a later one of the same user and item")
    if disliked := int((~ratings.liked).sum()):
        say(f"{disliked:,} ratings of 0 or less count as seen, not as liked")
    return ratings


def _parts(source: Source, layout: Layout, parser: "_Parser", update: Progress) -> Iterator[_Batch]:
    with source.text() as file:
        rows = _data(source, layout, file)
        done = 0
        while batch := [row for _, row in islice(rows, _BATCH)]:
            yield parser.parse(batch)
            done += 1
            if done % _REPORTED == 0:
                update(f"reading {source.name}: {done * _BATCH:,} ratings")


def _data(source: Source, layout: Layout, file: IO[str]) -> Iterator[tuple[int, list[str]]]:
    rows = layout.fields.rows(source, file)
    return islice(rows, 1, None) if layout.has_header else rows


class _Parser:
    """Turn rows of text into arrays. Raises _UnfitError for the first row that is not one."""

    def __init__(self, layout: Layout) -> None:
        self.users = _Ids("user")
        self.items = _Ids("item")
        self._values = _Numbers()
        self._layout = layout

    def parse(self, rows: Sequence[list[str]]) -> _Batch:
        layout, count = self._layout, len(rows)
        widths = set(map(len, rows))
        if widths != {layout.width}:
            wrong = min(widths - {layout.width})
            raise _UnfitError(f"a row must have {layout.width} fields, got {wrong}.")
        columns = list(zip(*rows, strict=True))
        # map, fromiter and the dictionaries' own lookups keep the loop over the rows in C.
        users = np.fromiter(map(self.users.__getitem__, columns[layout.user]), np.int32, count)
        items = np.fromiter(map(self.items.__getitem__, columns[layout.item]), np.int32, count)
        values = np.fromiter(map(self._values.__getitem__, columns[layout.rating]), np.float32, count)
        moments = np.zeros(count) if layout.timestamp is None else _moments(columns[layout.timestamp])
        return users, items, values, moments


class _Ids(dict[str, int]):
    """Number ids in the order of their appearance; spaces around them do not count."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self._what = what

    def __missing__(self, text: str) -> int:
        name = text.strip()
        if name != text:
            row = self[text] = self[name]
            return row
        if not name:
            raise _UnfitError(f"{self._what} must not be blank.")
        if not name.isprintable() or len(name.encode()) > MAX_ID_BYTES:
            raise _UnfitError(
                f"{self._what} must be at most {MAX_ID_BYTES} printable bytes, got {name[:MAX_ID_BYTES]!r}."
            )
        row = self[text] = len(self.names)
        self.names.append(name)
        return row


class _Numbers(dict[str, float]):
    def __missing__(self, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            raise _UnfitError(f"rating must be a number, got {text!r}.") from None
        # What 32 bits turn into infinity is none either.
        if not abs(value) <= float(np.finfo(np.float32).max):
            raise _UnfitError(f"rating must be a finite number, got {text!r}.")
        if len(self) < _REMEMBERED:
            self[text] = value
        return value


def _moments(texts: Sequence[str]) -> NDArray[np.float64]:
    """Seconds since 1970 or ISO 8601, as numbers that sort."""
    try:
        moments = np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        moments = np.fromiter(map(_moment, texts), np.float64, len(texts))
    if not np.isfinite(moments).all():
        raise _UnfitError("timestamp must be finite, got NaN or infinity.")
    return moments


def _moment(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _UnfitError(f"timestamp must be a number or ISO 8601, got {text!r}.") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def _located(source: Source, layout: Layout) -> DataError:
    """Parse once more, row by row, for the line that the batch did not tell."""
    parser = _Parser(layout)
    with source.text() as file:
        for line, row in _data(source, layout, file):
            try:
                parser.parse([row])
            except _UnfitError as unfit:
                return source.error(line, str(unfit))
    return source.error(0, "must not change while it is read.")


def _check_users(source: Source, layout: Layout, ratings: Ratings) -> None:
    """Nothing can be learnt about a user who likes nothing: refuse them at their first line."""
    likes = np.bincount(ratings.users[ratings.liked], minlength=len(ratings.user_ids))
    if likes.all():
        return
    user = ratings.user_ids[int(likes.argmin())]
    with source.text() as file:
        line = next(line for line, row in _data(source, layout, file) if row[layout.user].strip() == user)
    raise source.error(line, f"user {user!r} must have an item rated above 0, got none.")

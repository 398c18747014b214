"""Convert rows of text to arrays; each id and number is checked once, however often it occurs."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from service.artifact_format import MAX_ID_BYTES
from service.train.layout import Layout
from service.train.ratings import Rows

_REMEMBERED = 100_000  # Distinct numbers in the cache.

# User rows, item rows, ratings, timestamps.
Batch = tuple[Rows, Rows, NDArray[np.float32], NDArray[np.float64]]


class UnfitError(ValueError):
    """What is wrong with a row, without its line: `reader` parses again, row by row, to find that."""


class Parser:
    """Converts rows of text to arrays, and numbers users and items in the order of their appearance."""

    def __init__(self, layout: Layout) -> None:
        self.users = _Ids("user")
        self.items = _Ids("item")
        self._values = _Numbers()
        self._layout = layout

    def parse(self, rows: Sequence[list[str]]) -> Batch:
        """Return four arrays with one entry per row.

        Raises UnfitError for the first row that is wrong.
        """
        layout, count = self._layout, len(rows)
        widths = set(map(len, rows))
        if widths != {layout.width}:
            wrong = min(widths - {layout.width})
            raise UnfitError(f"a row must have {layout.width} fields, got {wrong}.")
        columns = list(zip(*rows, strict=True))
        # No Python code runs per row here: map, fromiter and the dictionaries' lookups are in C.
        users = np.fromiter(map(self.users.__getitem__, columns[layout.user]), np.int32, count)
        items = np.fromiter(map(self.items.__getitem__, columns[layout.item]), np.int32, count)
        values = np.fromiter(map(self._values.__getitem__, columns[layout.rating]), np.float32, count)
        timestamps = np.zeros(count) if layout.timestamp is None else _timestamps(columns[layout.timestamp])
        return users, items, values, timestamps


class _Ids(dict[str, int]):
    """Numbers ids in the order of their appearance; surrounding spaces are ignored."""

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
            raise UnfitError(f"{self._what} must not be blank.")
        if not name.isprintable() or len(name.encode()) > MAX_ID_BYTES:
            raise UnfitError(
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
            raise UnfitError(f"rating must be a number, got {text!r}.") from None
        # In 32 bits a larger number becomes infinity.
        if not abs(value) <= float(np.finfo(np.float32).max):
            raise UnfitError(f"rating must be a finite number, got {text!r}.")
        if len(self) < _REMEMBERED:
            self[text] = value
        return value


def _timestamps(texts: Sequence[str]) -> NDArray[np.float64]:
    """Return times that sort: numbers unchanged, ISO 8601 (in UTC without a zone) as seconds since 1970."""
    try:
        timestamps = np.fromiter(map(float, texts), np.float64, len(texts))
    except ValueError:
        timestamps = np.fromiter(map(_timestamp, texts), np.float64, len(texts))
    if not np.isfinite(timestamps).all():
        raise UnfitError("timestamp must be finite, got NaN or infinity.")
    return timestamps


def _timestamp(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UnfitError(f"timestamp must be a number or ISO 8601, got {text!r}.") from None
    return time.replace(tzinfo=time.tzinfo or UTC).timestamp()

"""Turn rows of text into arrays; ids and numbers are checked once, however often they occur."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from service.artifact_format import MAX_ID_BYTES
from service.train.layout import Layout
from service.train.ratings import Rows

_REMEMBERED = 100_000  # Distinct numbers that need no second parsing.

# User rows, item rows, ratings, moments.
Batch = tuple[Rows, Rows, NDArray[np.float32], NDArray[np.float64]]


class UnfitError(ValueError):
    """What is wrong with a row. Where it is, a second look finds out."""


class Parser:
    """Turn rows of text into arrays. Raises UnfitError for the first row that is not one."""

    def __init__(self, layout: Layout) -> None:
        self.users = _Ids("user")
        self.items = _Ids("item")
        self._values = _Numbers()
        self._layout = layout

    def parse(self, rows: Sequence[list[str]]) -> Batch:
        layout, count = self._layout, len(rows)
        widths = set(map(len, rows))
        if widths != {layout.width}:
            wrong = min(widths - {layout.width})
            raise UnfitError(f"a row must have {layout.width} fields, got {wrong}.")
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
        # What 32 bits turn into infinity is none either.
        if not abs(value) <= float(np.finfo(np.float32).max):
            raise UnfitError(f"rating must be a finite number, got {text!r}.")
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
        raise UnfitError("timestamp must be finite, got NaN or infinity.")
    return moments


def _moment(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UnfitError(f"timestamp must be a number or ISO 8601, got {text!r}.") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()

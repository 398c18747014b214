"""Which column of a ratings file means what: MovieLens 100k, 1M and latest, and any CSV with a header."""

import difflib
import math
from dataclasses import dataclass

from service.train.source import Fields, Source


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The names of a CSV's columns; MovieLens latest's unless told. Without timestamps, later lines win."""

    user: str = "userId"
    item: str = "movieId"
    rating: str = "rating"
    timestamp: str = "timestamp"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A row has `width` fields; the others are positions, `timestamp` None where there is none."""

    fields: Fields
    width: int
    user: int = 0
    item: int = 1
    rating: int = 2
    timestamp: int | None = 3
    has_header: bool = False


# user, item, rating, timestamp; no header. The names and READMEs are GroupLens's.
ML_100K = Layout(fields=Fields(delimiter="\t", quoted=False), width=4)
ML_1M = Layout(fields=Fields(delimiter="::", quoted=False), width=4)
_BY_NAME = {"u.data": ML_100K, "ratings.dat": ML_1M}


def detect(source: Source, columns: Columns) -> Layout:
    """Tell the layout by the file's name, else by its first line. Raises DataError for a missing column."""
    first = source.first_line()
    if layout := _BY_NAME.get(source.path.name.removesuffix(".gz")):
        return layout
    if "::" in first:
        return ML_1M
    if _is_ml_100k(first.split("\t")):
        return ML_100K
    return _with_header(source, first, columns)


def header_fields(first: str) -> Fields:
    """Cut a header at the delimiter that it has most of."""
    return Fields(delimiter=max(",\t;", key=first.count), quoted=True)


def header_names(source: Source, fields: Fields) -> list[str]:
    with source.text() as file:
        _, names = next(fields.rows(source, file))
    return [name.strip() for name in names]


def _is_ml_100k(fields: list[str]) -> bool:
    return len(fields) == ML_100K.width and all(_is_number(field) for field in fields[2:])


def _is_number(text: str) -> bool:
    try:
        return not math.isnan(float(text))
    except ValueError:
        return False


def _with_header(source: Source, first: str, columns: Columns) -> Layout:
    fields = header_fields(first)
    names = header_names(source, fields)
    places = {
        what: find_column(source, names, wanted, option=f"--{what}-column")
        for what, wanted in (("user", columns.user), ("item", columns.item), ("rating", columns.rating))
    }
    timestamp = names.index(columns.timestamp) if columns.timestamp in names else None
    return Layout(fields=fields, width=len(names), timestamp=timestamp, has_header=True, **places)


def find_column(source: Source, names: list[str], wanted: str, *, option: str | None = None) -> int:
    """Return a column's place, or raise DataError that names the columns there are and the option."""
    if wanted in names:
        return names.index(wanted)
    close = difflib.get_close_matches(wanted, names, n=1)
    hint = f" {option} {close[0] if close else 'NAME'} takes another." if option else ""
    raise source.error(1, f"the header must have a column {wanted!r}, got {', '.join(names)!r}.{hint}")

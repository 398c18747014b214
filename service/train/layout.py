"""The meaning of a ratings file's columns: MovieLens's layouts, common headers, or given by the user."""

import csv
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from service.train.errors import DataError
from service.train.source import UTF8, Fields, Source

# The columns' names, as lower-case letters and digits, in MovieLens, Book-Crossing, Goodreads, goodbooks-10k,
# MyAnimeList, Last.fm (HetRec 2011), Amazon's reviews and the Million Song Dataset.
NAMES: Mapping[str, frozenset[str]] = {
    "user": frozenset({"userid", "user", "uid", "reviewerid", "customerid", "memberid"}),
    "item": frozenset(
        {"movieid", "itemid", "item", "iid", "bookid", "isbn", "animeid", "artistid", "songid", "trackid"}
        | {"productid", "asin", "gameid", "businessid", "recipeid"}
    ),
    "rating": frozenset({"rating", "bookrating", "userrating", "score", "stars", "overall", "feedback"})
    | {"weight", "plays", "playcount", "listencount"},
    # Without the names of columns with dates in words: the column is optional, and such a date would be
    # refused.
    "timestamp": frozenset({"timestamp", "unixreviewtime", "ts"}),
}
# The order in a file without a header, and in MovieLens's files.
_ORDER = ("user", "item", "rating", "timestamp")
_USUAL = {"user": "userId", "item": "movieId", "rating": "rating", "timestamp": "timestamp"}


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The user's settings: each column by its name in the header or its position from 1; None recognises it.

    `header` None finds out whether the first line is one. `keys` is how messages name these settings: a block
    of an environment file, or None for the trainer's options.
    """

    user: str | None = None
    item: str | None = None
    rating: str | None = None
    timestamp: str | None = None
    header: bool | None = None
    encoding: str | None = None
    keys: str | None = None

    def setting(self, what: str, value: str) -> str:
        """Return a setting in the form in which the user can give it."""
        if self.keys:
            return f"{self.keys}.{what}: {value}"
        if what == "header":
            return "--no-header"
        return f"--{what} {value}" if what == "encoding" else f"--{what}-column {value}"

    @property
    def given(self) -> Mapping[str, str]:
        """The columns that the user has named."""
        wanted = {what: getattr(self, what) for what in _ORDER}
        return {what: value for what, value in wanted.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A row has `width` fields; the columns are positions from 0, `timestamp` None if it is missing."""

    fields: Fields
    width: int
    user: int = 0
    item: int = 1
    rating: int = 2
    timestamp: int | None = 3
    has_header: bool = False
    encoding: str = UTF8


# user, item, rating, timestamp; no header. The names and READMEs are GroupLens's.
ML_100K = Layout(fields=Fields(delimiter="\t", quoted=False), width=4)
ML_1M = Layout(fields=Fields(delimiter="::", quoted=False), width=4)


def detect(source: Source, columns: Columns) -> Layout:
    """Return the layout, from the user's settings, the file's name, and its first line. Raises DataError."""
    encoding = source.encoding(columns.encoding)
    fields, names = first_row(source, encoding)
    if not columns.given and columns.header is None and (known := _movielens(source, fields, names)):
        return known
    has_header = has_names(source, names, columns)
    if not has_header and fields.delimiter == "\t":
        fields = Fields(delimiter="\t", quoted=False)  # dumps of databases do not quote
    places = {
        what: _required(source, names, columns, what, has_header=has_header)
        for what in ("user", "item", "rating")
    }
    timestamp = place_of(source, names, columns, "timestamp", has_header=has_header)
    return Layout(
        fields=fields,
        width=len(names),
        timestamp=timestamp,
        has_header=has_header,
        encoding=encoding,
        **places,
    )


def first_row(source: Source, encoding: str) -> tuple[Fields, list[str]]:
    """Split the first line at the delimiter that occurs most often in it. Raises DataError."""
    first = source.first_line(encoding)
    delimiter = "::" if "::" in first else max(",\t;|", key=first.count)
    if delimiter not in first and " " in first.strip():
        delimiter = " "
    fields = Fields(delimiter=delimiter, quoted=delimiter != "::")
    if delimiter == "\t":  # a quote is an ordinary character here, see `detect`
        names = next(csv.reader([first], delimiter=delimiter))
    else:
        with source.text(encoding) as file:
            _, names = next(fields.rows(source, file))
    return fields, [name.strip() for name in names]


def has_names(source: Source, names: list[str], columns: Columns) -> bool:
    """Return whether the first row names columns.

    Raises DataError if it contains data and neither the layout nor the settings say which column is which.
    """
    if columns.header is not None:
        return columns.header
    places = {what: value for what, value in columns.given.items() if value.isdigit()}
    if {"user", "item", "rating"} <= set(places):
        rating = place_of(source, names, columns, "rating", has_header=False)
        return rating is not None and not _is_number(names[rating])
    if any(_plain(name) in known for name in names for known in NAMES.values()):
        return True
    if set(columns.given.values()) & set(names) - set(places.values()) or not any(map(_is_number, names)):
        return True
    order = "user, item, rating, timestamp"
    raise source.error(
        1,
        f"the first line looks like data, got {', '.join(names)!r}. {columns.setting('header', 'false')} "
        f"takes the columns as {order}.",
    )


def place_of(
    source: Source, names: list[str], columns: Columns, what: str, *, has_header: bool
) -> int | None:
    """Return a column's position from 0, None if unknown. Raises DataError for a missing column."""
    given = columns.given.get(what)
    if given and given.isdigit():
        if not 1 <= int(given) <= len(names):
            rule = f"a row must have a column {given} for the {what}, got {len(names)} columns."
            raise source.error(1, rule)
        return int(given) - 1
    if given and not has_header:
        rule = f"without a header a column must be given by its position, got {given!r} for the {what}."
        raise source.error(1, rule)
    if given:
        return names.index(given) if given in names else None
    if has_header:
        return _recognised(source, names, columns, what)
    # Without a header the order is the usual one, unless a setting names a position.
    place = _ORDER.index(what)
    return place if not columns.given and place < len(names) else None


def find_item(source: Source, names: list[str], columns: Columns) -> int:
    """Return the item's position in a file of titles, by the ratings' setting or recognised.

    Raises DataError for a missing column.
    """
    if columns.item in names:
        return names.index(columns.item)
    place = _recognised(source, names, columns, "item")
    if place is None:
        raise missing_column(source, names, columns, "item")
    return place


def _required(source: Source, names: list[str], columns: Columns, what: str, *, has_header: bool) -> int:
    place = place_of(source, names, columns, what, has_header=has_header)
    if place is None:
        raise missing_column(source, names, columns, what, has_header=has_header)
    return place


def missing_column(
    source: Source, names: list[str], columns: Columns, what: str, *, has_header: bool = True
) -> DataError:
    """Return the error for a missing column: it names the existing ones and the setting that chooses one."""
    if not has_header:
        rule = f"a row must have a column for the {what}, got {len(names)} columns."
        return source.error(1, f"{rule} {columns.setting(what, 'N')} takes the Nth.")
    given = columns.given.get(what, "")
    wanted = _USUAL[what] if not given or given.isdigit() else given
    close = difflib.get_close_matches(wanted, names, n=1)
    hint = columns.setting(what, close[0] if close else "NAME")
    return source.error(
        1, f"the header must have a column {wanted!r}, got {', '.join(names)!r}. {hint} takes another."
    )


def _recognised(source: Source, names: list[str], columns: Columns, what: str) -> int | None:
    if _USUAL[what] in names:
        return names.index(_USUAL[what])
    places = [place for place, name in enumerate(names) if _plain(name) in NAMES[what]]
    if len(places) > 1:
        found = [names[place] for place in places]
        hint = columns.setting(what, found[0])
        raise source.error(
            1, f"the header must have one column for the {what}, got {', '.join(found)!r}. {hint} takes one."
        )
    return places[0] if places else None


def _movielens(source: Source, fields: Fields, names: list[str]) -> Layout | None:
    if source.path.name.removesuffix(".gz") == "u.data":
        return ML_100K
    if len(names) == ML_100K.width and all(map(_is_number, names[2:])):
        return next((each for each in (ML_100K, ML_1M) if each.fields.delimiter == fields.delimiter), None)
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_number(text: str) -> bool:
    try:
        return not math.isnan(float(text))
    except ValueError:
        return False

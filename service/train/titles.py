"""Read the items' titles: MovieLens's movies.csv, u.item and movies.dat, or any CSV with a column `title`."""

from dataclasses import dataclass
from pathlib import Path

from service.train.layout import Columns, find_item, first_row
from service.train.source import UTF8, UTF16, Fields, Source

# The names of MovieLens's files of titles, newest collection first.
BESIDE = ("movies.csv", "movies.csv.gz", "u.item", "movies.dat")
LATIN_1 = "latin-1"
_TITLE = "title"


@dataclass(frozen=True, kw_only=True)
class _Table:
    """A row has `width` fields; `item` and `title` are positions from 0."""

    fields: Fields
    encoding: str
    width: int
    item: int = 0
    title: int = 1
    has_header: bool = False


def beside(ratings: Path) -> Path | None:
    """Return the file of titles in the folder of a ratings file; None if it has none."""
    return next((path for name in BESIDE if (path := ratings.with_name(name)).is_file()), None)


def read_titles(source: Source, columns: Columns) -> dict[str, str]:
    """Return titles by item id. Raises DataError."""
    table = _detect(source, columns)
    titles: dict[str, str] = {}
    with source.text(table.encoding) as file:
        for number, (line, row) in enumerate(table.fields.rows(source, file)):
            if len(row) != table.width:
                raise source.error(line, f"a row must have {table.width} fields, got {len(row)}.")
            if number or not table.has_header:
                titles[row[table.item].strip()] = row[table.title].strip()
    return titles


def _detect(source: Source, columns: Columns) -> _Table:
    if (encoding := source.encoding(None)) != UTF16:
        first = source.first_line(LATIN_1)
        for delimiter in ("::", "|"):
            # The delimiter must follow an item id. In a CSV's header, commas would come before it.
            if delimiter in first and "," not in first.partition(delimiter)[0]:
                fields = Fields(delimiter=delimiter, quoted=False)
                return _Table(fields=fields, encoding=_encoding(source), width=len(first.split(delimiter)))
    fields, names = first_row(source, encoding)
    item = find_item(source, names, columns)
    if _TITLE not in names:
        raise source.error(1, f"the header must have a column {_TITLE!r}, got {', '.join(names)!r}.")
    return _Table(
        fields=fields,
        encoding=encoding,
        width=len(names),
        item=item,
        title=names.index(_TITLE),
        has_header=True,
    )


def _encoding(source: Source) -> str:
    """Return UTF-8 (MovieLens 10M) if the file can be decoded so, else Latin-1 (100k and 1M)."""
    return UTF8 if source.decodes(UTF8) else LATIN_1

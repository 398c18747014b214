"""`python -m service.train.users FILE`: print the ids that a model trained from the file has for its users.

Accepts every file that the trainer accepts, and also lists of users without ratings. Exit codes: 0 done; 1
bad data, with one line on stderr; 2 wrong usage.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from service.train.arguments import add_columns, columns_of
from service.train.errors import DataError
from service.train.layout import Columns, detect, first_row, has_names, place_of
from service.train.reader import read
from service.train.source import Source


def main(words: Sequence[str]) -> int:
    """Print the users of the file that `words` names, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m service.train.users", description="List a file's users.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--called", metavar="NAME", help="what messages call the file")
    add_columns(parser.add_argument_group("columns"))
    given = parser.parse_args(words)
    source = Source(path=given.file, name=given.called or str(given.file))
    try:
        for user in users(source, columns_of(given)):
            print(user)
    except DataError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def users(source: Source, columns: Columns) -> Iterable[str]:
    """Return the users whom the trainer keeps, or those in a list without ratings. Raises DataError."""
    try:
        detect(source, columns)
    except DataError:
        return dict.fromkeys(_listed(source, columns))
    return read(source, columns, say=_silent, update=_silent).user_ids


def _silent(_: str) -> None:
    """Print no progress: the output is the list of users."""


def _listed(source: Source, columns: Columns) -> Iterator[str]:
    """Yield the fields of the user column, or of the first column if no user column is recognised."""
    encoding = source.encoding(columns.encoding)
    fields, names = first_row(source, encoding)
    try:
        has_header = has_names(source, names, columns)
        place = place_of(source, names, columns, "user", has_header=has_header)
    except DataError:
        has_header, place = False, None
    with source.text(encoding) as file:
        for number, (_, row) in enumerate(fields.rows(source, file)):
            if number == 0 and has_header and place is not None:
                continue
            if user := (row[place or 0] if len(row) > (place or 0) else "").strip():
                yield user


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Read a ratings file: fast in batches, and after an error again row by row, to find the line."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import IO

import numpy as np

from service.train.errors import DataError
from service.train.layout import Columns, Layout, detect
from service.train.parser import Batch, Parser, UnfitError
from service.train.ratings import Ratings, collect, without_likeless
from service.train.source import Source

Progress = Callable[[str], None]

_BATCH = 512  # Rows parsed at a time: they fit the processor's cache; 16,384 take three times as long each.
_REPORTED = 1000  # Batches between two updates of the progress.


def read(source: Source, columns: Columns, *, say: Progress, update: Progress) -> Ratings:
    """Read ratings in any layout that `detect` knows. Each takes 1 µs and up to 80 bytes. Raises DataError.

    `say` gets facts about the data, `update` how many ratings have been read.
    """
    layout = detect(source, columns)
    parser = Parser(layout)
    try:
        parts = list(_parts(source, layout, parser, update))
    except UnfitError:
        raise _located(source, layout) from None
    if not parts:
        raise source.error(2 if layout.has_header else 1, "must have ratings, got none.")
    users, items, values, timestamps = (np.concatenate(column) for column in zip(*parts, strict=True))
    parts.clear()
    ratings, replaced = collect(
        user_ids=parser.users.names,
        item_ids=parser.items.names,
        users=users,
        items=items,
        values=values,
        timestamps=timestamps,
    )
    ratings, likeless = without_likeless(ratings)
    if not len(ratings):
        raise source.error(0, "must have a rating above 0, got none.")
    if likeless:
        say(f"{likeless:,} users without a rating above 0 are left out: nothing can be learnt from them")
    if replaced:
        say(f"{replaced:,} ratings were replaced by a later one of the same user and item")
    if disliked := int((~ratings.liked).sum()):
        say(f"{disliked:,} ratings of 0 or less count as seen, not as liked")
    return ratings


def _parts(source: Source, layout: Layout, parser: Parser, update: Progress) -> Iterator[Batch]:
    with source.text(layout.encoding) as file:
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


def _located(source: Source, layout: Layout) -> DataError:
    """Parse the file again, row by row, and return the error with its line."""
    parser = Parser(layout)
    with source.text(layout.encoding) as file:
        for line, row in _data(source, layout, file):
            try:
                parser.parse([row])
            except UnfitError as unfit:
                return source.error(line, str(unfit))
    return source.error(0, "must not change while it is read.")

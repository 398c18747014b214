"""From two models' answers to a comparison, in chunks of users that fit a processor's cache."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wrapper.model.diff.answers import Answers
from wrapper.model.diff.comparison import (
    DEPTH,
    NAMED,
    PERSISTENCE,
    QUANTILES,
    Agreement,
    Comparison,
    Distribution,
    Item,
    Mover,
    Shift,
    Tally,
    Told,
)
from wrapper.model.diff.measures import Floats, Lists, overlap, rank_biased_overlap, shared

_CHUNK = 65_536
# The padding of the old model's lists and of the new one's: it equals no item, nor the other padding.
_PADDING = (-1, -2)
Rows = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class _Catalogue:
    """The items of both models, numbered together: `old` and `new` are each row's number.

    `popularity` is each number's interactions: the mean of the models that have it.
    """

    old: Rows
    new: Rows
    popularity: Floats

    @property
    def both(self) -> int:
        return len(self.old) + len(self.new) - len(self.popularity)


class _Compared(NamedTuple):
    """Of each pair its overlap and RBO, whether the list is another, and whether only its order is."""

    overlaps: Floats
    rbos: Floats
    changed: NDArray[np.bool_]
    reordered: NDArray[np.bool_]


def compare_answers(old: Answers, new: Answers) -> Comparison:
    """Compare what the models answer. Raises ArtifactError for rows of a list that are no item's."""
    catalogue = _catalogue(old, new)
    there = new.rows_of(np.ascontiguousarray(old.users))
    old_rows = np.flatnonzero(there >= 0)
    new_rows = there[old_rows]
    (old_coverage, old_popularity), (new_coverage, new_popularity) = (
        _exposure(answers, catalogue.popularity[numbers])
        for answers, numbers in ((old, catalogue.old), (new, catalogue.new))
    )
    lists = _agreement(
        _measured(old, new, old_rows, new_rows, catalogue),
        Tally(old=len(old.users), new=len(new.users), both=len(old_rows)),
        lambda at: Told(
            old.users[old_rows[at]].decode(), _named(old, old_rows[at]), _named(new, new_rows[at])
        ),
    )
    return Comparison(
        **vars(lists),
        old=old.version,
        new=new.version,
        items=Tally(old=len(old.items), new=len(new.items), both=catalogue.both),
        coverage=Shift(old=old_coverage, new=new_coverage),
        popularity=Shift(old=old_popularity, new=new_popularity),
        items_gained=_most_popular(new, ~np.isin(catalogue.new, catalogue.old)),
        items_lost=_most_popular(old, ~np.isin(catalogue.old, catalogue.new)),
    )


def compare_lists(lists: Sequence[Told], users: Tally) -> Agreement:
    """Compare the lists that users got; of a list, which names each item once, the first ten count."""
    numbers: dict[str, int] = {}
    rows = np.empty((2, DEPTH, len(lists)), dtype=np.int32)
    for which, padding in enumerate(_PADDING):
        rows[which] = padding
        for at, told in enumerate(lists):
            for place, item in enumerate((told.old, told.new)[which][:DEPTH]):
                rows[which, place, at] = numbers.setdefault(item.id, len(numbers))
    return _agreement(_compared(rows[0], rows[1]), users, lists.__getitem__)


def _agreement(found: _Compared, users: Tally, told: Callable[[int], Told]) -> Agreement:
    """`told` returns the two lists of a pair."""
    moved = np.flatnonzero(found.changed)
    # Stable: of equals, the first in the old model.
    moved = moved[np.argsort(found.rbos[moved], kind="stable")[:NAMED]]
    return Agreement(
        users=users,
        changed=_share(found.changed),
        reordered=_share(found.reordered),
        overlap=_distribution(found.overlaps),
        rbo=_distribution(found.rbos),
        movers=tuple(
            Mover(**told(at)._asdict(), overlap=float(found.overlaps[at]), rbo=float(found.rbos[at]))
            for at in moved.tolist()
        ),
    )


def _catalogue(old: Answers, new: Answers) -> _Catalogue:
    numbers = {item.id: row for row, item in enumerate(old.items)}
    in_new = np.array([numbers.setdefault(item.id, len(numbers)) for item in new.items], dtype=np.int64)
    in_old = np.arange(len(old.items), dtype=np.int64)
    interactions, known = np.zeros((2, len(numbers)))
    for answers, rows in ((old, in_old), (new, in_new)):
        interactions[rows] += answers.counts
        known[rows] += 1
    return _Catalogue(old=in_old, new=in_new, popularity=interactions / known)


def _measured(old: Answers, new: Answers, old_rows: Rows, new_rows: Rows, catalogue: _Catalogue) -> _Compared:
    measures = np.empty((2, len(old_rows)))
    flags = np.empty((2, len(old_rows)), dtype=np.bool_)
    for part in _chunks(len(old_rows)):
        tops = old.tops(old_rows[part]), new.tops(new_rows[part])
        # Places first, users second, so that what is compared at once is adjacent in memory.
        lists = [
            np.ascontiguousarray(np.append(numbers, padding)[top].T, dtype=np.int32)
            for top, numbers, padding in zip(tops, (catalogue.old, catalogue.new), _PADDING, strict=True)
        ]
        found = _compared(*lists)
        measures[:, part] = found.overlaps, found.rbos
        flags[:, part] = found.changed, found.reordered
    return _Compared(*measures, *flags)


def _compared(old: Lists, new: Lists) -> _Compared:
    """Compare lists of item numbers, (DEPTH, users), each padded with what is in no other."""
    old_length, new_length = (old >= 0).sum(axis=0), (new >= 0).sum(axis=0)
    common = shared(old, new)
    same = ((old == new) | ((old < 0) & (new < 0))).all(axis=0)
    overlaps = overlap(common, old_length, new_length)
    rbo = rank_biased_overlap(common, old_length, new_length, PERSISTENCE)
    return _Compared(overlaps, np.where(same, 1, rbo), ~same, ~same & (overlaps == 1))


def _exposure(answers: Answers, popularity: Floats) -> tuple[float, float]:
    """Return catalogue coverage and ARP; `popularity` is by the model's own item rows."""
    shown = np.zeros(len(popularity) + 1, dtype=np.bool_)
    padded = np.append(popularity, 0)
    total, lists = 0.0, 0
    for part in _chunks(len(answers.records)):
        rows = answers.tops(part)
        shown[rows] = True
        lengths = (rows >= 0).sum(axis=1)
        total += float((padded[rows].sum(axis=1) / np.maximum(lengths, 1)).sum())
        lists += int((lengths > 0).sum())
    return float(shown[:-1].mean()), total / max(lists, 1)


def _chunks(count: int) -> Iterator[slice]:
    return (slice(start, min(start + _CHUNK, count)) for start in range(0, count, _CHUNK))


def _share(flags: NDArray[np.bool_]) -> float | None:
    return float(flags.mean()) if flags.size else None


def _distribution(values: Floats) -> Distribution | None:
    if not values.size:
        return None
    tenths = np.bincount(np.floor(values * 10 + 0.5).astype(np.int64), minlength=11)
    return Distribution(
        mean=float(values.mean()),
        quantiles=dict(zip(QUANTILES, np.quantile(values, QUANTILES).tolist(), strict=True)),
        tenths=tuple(tenths.tolist()),
    )


def _most_popular(answers: Answers, which: NDArray[np.bool_]) -> tuple[Item, ...]:
    rows = np.flatnonzero(which)
    order = np.argsort(-answers.counts[rows], kind="stable")[:NAMED]
    return tuple(answers.items[row] for row in rows[order])


def _named(answers: Answers, row: np.int64) -> tuple[Item, ...]:
    return tuple(answers.items[item] for item in answers.tops(np.array([row]))[0] if item >= 0)

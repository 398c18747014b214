"""Synthetic models of the two sizes, written as the service's own artefacts and kept for the next run."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service import artifact_format as form
from service.artifact import write_artifact

TOP = 100
_TASTES_AT_ONCE = 64


@dataclass(frozen=True, kw_only=True)
class Size:
    """`tastes` is the number of directions of the users' factors; see `factors_of`."""

    name: str
    users: int
    items: int
    factors: int
    tastes: int


SMALL = Size(name="small", users=6_040, items=3_706, factors=64, tastes=6_040)
LARGE = Size(name="large", users=1_000_000, items=100_000, factors=128, tastes=1_000)
SIZES = {size.name: size for size in (SMALL, LARGE)}


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A model on disk, and its right answers."""

    folder: Path
    size: Size

    def best(self, uid: str, n: int = 10) -> list[tuple[str, float]]:
        """Read the artefact's own list of a user as item ids and scores."""
        row = int(uid) - 1
        items = np.load(self.folder / form.TOP_ITEMS, mmap_mode="r")[row, :n]
        scores = np.load(self.folder / form.TOP_SCORES, mmap_mode="r")[row, :n]
        return [(_item_id(int(item)), float(score)) for item, score in zip(items, scores, strict=True)]

    def users(self, count: int, seed: int = 0) -> list[str]:
        """Draw user ids, all different."""
        rng = np.random.default_rng(seed)
        rows = rng.permutation(self.size.users)[:count]
        return [str(row + 1) for row in rows.tolist()]


def prepare(size: Size, work: Path, *, version: str = "1", progress: Callable[[str], None]) -> Bench:
    """Write the model into the work folder unless it exists; a large one takes a minute."""
    shape = f"{size.users}x{size.items}x{size.factors}"
    folder = work / f"format-{form.FORMAT_VERSION}" / shape / version
    if not (folder / form.MANIFEST).is_file():
        progress(f"writing a synthetic {size.name} model, {size.users:,} users × {size.items:,} items ...")
        _write(size, folder, version)
    return Bench(folder=folder, size=size)


def _write(size: Size, folder: Path, version: str) -> None:
    users, items = factors_of(size, seed=sum(version.encode()))
    top_items, top_scores = _exact_top(size, users, items)
    write_artifact(
        folder,
        name="bench",
        version=version,
        user_ids=[str(row + 1) for row in range(size.users)],
        item_ids=[_item_id(row) for row in range(size.items)],
        titles=[_title(row) for row in range(size.items)],
        user_factors=users,
        item_factors=items,
        top_items=top_items,
        top_scores=top_scores,
        item_counts=np.arange(size.items, 0, -1),
        parameters={},
        metrics={},
        data={"synthetic": True},
    )


def factors_of(size: Size, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Draw users' (U, F) and items' (I, F) factors.

    A user is one of `tastes` directions times a length of their own. For a server that scores at request time
    this is like any other matrix, but the exact lists of a million users take only a minute: the order of the
    items is the direction's, and the scores are its scores times the length.
    """
    rng = np.random.default_rng(seed)
    tastes = rng.standard_normal((size.tastes, size.factors), dtype=np.float32)
    items = rng.standard_normal((size.items, size.factors), dtype=np.float32)
    return tastes[np.arange(size.users) % size.tastes] * _lengths(size)[:, None], items


def _lengths(size: Size) -> NDArray[np.float32]:
    """Powers of two, so that a length times a float is exact."""
    return np.exp2(np.arange(size.users) // size.tastes % 4 - 2).astype(np.float32)


def _exact_top(
    size: Size, users: NDArray[np.float32], items: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Rank by float64 brute force once per taste, then copy to its users: (U, 100) rows and scores."""
    lengths = _lengths(size)
    tastes = users[: size.tastes].astype(np.float64) / lengths[: size.tastes, None]
    rows = np.empty((size.tastes, TOP), dtype=np.int32)
    scores = np.empty((size.tastes, TOP), dtype=np.float64)
    transposed = items.T.astype(np.float64)
    for start in range(0, size.tastes, _TASTES_AT_ONCE):
        part = slice(start, min(start + _TASTES_AT_ONCE, size.tastes))
        found = tastes[part] @ transposed
        best = np.argpartition(-found, TOP, axis=1)[:, :TOP]
        values = np.take_along_axis(found, best, axis=1)
        order = np.argsort(-values, axis=1)
        rows[part] = np.take_along_axis(best, order, axis=1)
        scores[part] = np.take_along_axis(values, order, axis=1)
    taste = np.arange(size.users) % size.tastes
    return rows[taste], scores.astype(np.float32)[taste] * lengths[:, None]


def _item_id(row: int) -> str:
    return str(row + 1)


def _title(row: int) -> str:
    return f"A Film of Middling Length, No. {row + 1} ({1930 + row % 90})"


def read_items(folder: Path) -> Sequence[tuple[str, str]]:
    """Read item ids and titles, in row order."""
    with (folder / form.ITEMS).open(encoding="utf-8") as lines:
        return [tuple(json.loads(line)) for line in lines]

"""The best items of every user, as exact as in float64, computed in blocks that fit into memory."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.train.factorise import Factors, Floats, processors
from service.train.ratings import Ratings, Rows

_BLOCK_BYTES = 32 * 2**20  # The scores of one thread; larger blocks do not make the matrix product faster.
_GROUPS = 8  # Groups of items per requested item, see `_lower_bound`.
_EXACT = 1 << 16  # Pairs that are scored in float64 at a time: 64 MiB at 64 factors.


@dataclass(frozen=True, kw_only=True)
class Top:
    """Item rows and scores, best first, shapes (users, k); short rows are padded with -1 and 0."""

    items: Rows
    scores: Floats


def top(
    factors: Factors,
    seen: Ratings,
    k: int,
    *,
    users: Rows | None = None,
    update: Callable[[str], None] = lambda _: None,
) -> Top:
    """Return the k best unseen items of all users or of the rows `users`. Ties go by item row.

    float32 finds the candidates, with a margin for its rounding errors; float64 ranks them. `update` gets a
    line of progress for each block.
    """
    wanted = np.arange(len(factors.users), dtype=np.int32) if users is None else users
    count = min(k, len(factors.items))
    found = Top(
        items=np.full((len(wanted), count), -1, dtype=np.int32),
        scores=np.zeros((len(wanted), count), dtype=np.float32),
    )
    size = max(1, _BLOCK_BYTES // (4 * len(factors.items)))
    blocks = [slice(start, min(start + size, len(wanted))) for start in range(0, len(wanted), size)]
    search = _Search(factors, seen, count)

    def fill(block: slice) -> int:
        found.items[block], found.scores[block] = search.best(wanted[block])
        return int(block.stop)

    with ThreadPoolExecutor(processors()) as pool:
        for done in pool.map(fill, blocks):
            update(f"finding the best items: {done:,} of {len(wanted):,} users")
    return found


class _Search:
    def __init__(self, factors: Factors, seen: Ratings, k: int) -> None:
        self._factors = factors
        self._seen = seen
        self._starts = seen.user_starts()
        self._k = k
        self._longest = float(np.linalg.norm(factors.items.astype(np.float64), axis=1).max())

    def best(self, users: Rows) -> tuple[Rows, Floats]:
        rows, items = self._candidates(users)
        scores = self._exact(users[rows], items)
        order = np.lexsort((items, -scores, rows))
        rows, items, scores = rows[order], items[order], scores[order]
        first = np.searchsorted(rows, np.arange(len(users)))
        place = np.arange(len(rows)) - first[rows]
        kept = place < self._k
        best_items = np.full((len(users), self._k), -1, dtype=np.int32)
        best_scores = np.zeros((len(users), self._k), dtype=np.float32)
        best_items[rows[kept], place[kept]] = items[kept]
        best_scores[rows[kept], place[kept]] = scores[kept]
        return best_items, best_scores

    def _candidates(self, users: Rows) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return pairs of a place in `users` and an item row, sorted by place: the k best and few others."""
        own = self._factors.users[users]
        scores = own @ self._factors.items.T
        for place, user in enumerate(users):
            scores[place, self._seen.items[self._starts[user] : self._starts[user + 1]]] = -np.inf
        # The error of a float32 dot product of F terms is at most F eps |u| |v|, and two of them are compared
        # (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1).
        lengths = np.linalg.norm(own.astype(np.float64), axis=1)
        margin = 2 * (own.shape[1] + 1) * np.finfo(np.float32).eps * lengths * self._longest
        limit = (_lower_bound(scores, self._k) - margin).astype(np.float32)
        rows, items = np.nonzero(scores >= limit[:, None])
        unseen = scores[rows, items] > -np.inf
        return rows[unseen], items[unseen]

    def _exact(self, users: Rows, items: NDArray[np.intp]) -> NDArray[np.float64]:
        scores = np.empty(len(users))
        for start in range(0, len(users), _EXACT):
            part = slice(start, start + _EXACT)
            left = self._factors.users[users[part]].astype(np.float64)
            right = self._factors.items[items[part]].astype(np.float64)
            scores[part] = np.einsum("pf,pf->p", left, right)
        return scores


def _lower_bound(scores: Floats, k: int) -> NDArray[np.float64]:
    """Return, for each row, a lower bound of its k-th best score: shape (users,).

    It is the k-th largest of the groups' maxima, since k different groups have an entry that large.
    Partitioning 800 maxima in place of 100,000 scores makes the whole search several times as fast.
    """
    users, items = scores.shape
    size = items // (_GROUPS * k)
    if size > 1:
        scores = scores[:, : items // size * size].reshape(users, -1, size).max(axis=2)
    place = scores.shape[1] - k
    return np.partition(scores, place, axis=1)[:, place].astype(np.float64)

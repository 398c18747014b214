"""The ratings as arrays: one entry per pair of user and item, in the order of their ids."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Ratings:
    """Pairs of user row and item row, sorted by user, then item, each pair once.

    `users`, `items` and `values` have the shape (pairs,). A value above 0 means that the user likes the item;
    0 or less, that they have seen it and do not like it.
    """

    user_ids: Sequence[str]
    item_ids: Sequence[str]
    users: Rows
    items: Rows
    values: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.users)

    @property
    def liked(self) -> NDArray[np.bool_]:
        """Which pairs are liked, shape (pairs,)."""
        return self.values > 0

    def take(self, kept: NDArray[np.bool_]) -> "Ratings":
        """Return the pairs in the mask `kept`, shape (pairs,); users, items and their rows do not change."""
        return replace(self, users=self.users[kept], items=self.items[kept], values=self.values[kept])

    def user_starts(self) -> NDArray[np.int64]:
        """Return where each user's pairs begin, then the number of pairs: shape (users + 1,)."""
        return np.concatenate(([0], np.cumsum(np.bincount(self.users, minlength=len(self.user_ids)))))

    def item_counts(self) -> NDArray[np.int64]:
        """Return how many users like each item, shape (items,)."""
        return np.bincount(self.items[self.liked], minlength=len(self.item_ids))


def collect(
    *,
    user_ids: Sequence[str],
    item_ids: Sequence[str],
    users: Rows,
    items: Rows,
    values: NDArray[np.float32],
    timestamps: NDArray[np.float64],
) -> tuple[Ratings, int]:
    """Return the ratings, and how many of them a later rating of the same pair has replaced.

    Pairs and ids are sorted, so the same ratings in another order give the same arrays. Of a pair's ratings
    with the same time, the last in the file is kept. Items that nobody likes are left out. `users`, `items`,
    `values` and `timestamps` have the shape (ratings,).
    """
    user_ids, users = _renumber(user_ids, users)
    item_ids, items = _renumber(item_ids, items)
    order = np.lexsort((timestamps, items, users))  # stable: equal timestamps stay in the file's order
    users, items, values = users[order], items[order], values[order]
    last = np.ones(len(users), dtype=bool)
    last[:-1] = (users[1:] != users[:-1]) | (items[1:] != items[:-1])
    ratings = Ratings(
        user_ids=user_ids, item_ids=item_ids, users=users[last], items=items[last], values=values[last]
    )
    return _without_unliked_items(ratings), int((~last).sum())


def without_likeless(ratings: Ratings) -> tuple[Ratings, int]:
    """Return the ratings without the users who like nothing, and how many those are."""
    kept = np.bincount(ratings.users[ratings.liked], minlength=len(ratings.user_ids)) > 0
    if kept.all():
        return ratings, 0
    places = np.cumsum(kept, dtype=np.int32) - 1
    liking = ratings.take(kept[ratings.users])
    user_ids = [name for name, keep in zip(ratings.user_ids, kept, strict=True) if keep]
    return replace(liking, user_ids=user_ids, users=places[liking.users].astype(np.int32)), int((~kept).sum())


def _renumber(ids: Sequence[str], rows: Rows) -> tuple[list[str], Rows]:
    """Sort ids, shorter ones first, so that "9" comes before "10"."""
    order = sorted(range(len(ids)), key=lambda row: (len(ids[row]), ids[row]))
    places = np.empty(len(ids), dtype=np.int32)
    places[order] = np.arange(len(ids), dtype=np.int32)
    return [ids[row] for row in order], places[rows]


def _without_unliked_items(ratings: Ratings) -> Ratings:
    kept = ratings.item_counts() > 0
    if kept.all():
        return ratings
    places = np.cumsum(kept, dtype=np.int32) - 1
    liked = ratings.take(kept[ratings.items])
    item_ids = [name for name, keep in zip(ratings.item_ids, kept, strict=True) if keep]
    return replace(liked, item_ids=item_ids, items=places[liked.items].astype(np.int32))

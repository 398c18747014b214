"""Offline evaluation: ratings are held out, then searched for among each user's recommended items."""

from dataclasses import dataclass

import numpy as np

from service.train.factorise import Factors
from service.train.ratings import Ratings, Rows
from service.train.top import top

K = 10
SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class Quality:
    """NDCG, recall and coverage at 10; the first two are means over the users with held-out items.

    ndcg: gain 1 for each held-out item, discounted by log2(rank + 1), divided by that of the ideal order.
    recall: the share of a user's held-out items among their best 10. coverage: the share of all items that
    are recommended to at least one user.
    """

    ndcg: float
    recall: float
    coverage: float


def split(ratings: Ratings, seed: int) -> tuple[Ratings, Ratings]:
    """Hold out a random fifth of each user's liked items, rounded down: return the rest, then the fifth."""
    lots = np.random.default_rng(seed).random(len(ratings))
    lots[~ratings.liked] = 2.0  # Not liked, so never held out: the sort puts them behind all others.
    order = np.lexsort((lots, ratings.users))
    starts = ratings.user_starts()
    place = np.arange(len(ratings)) - starts[ratings.users]
    likes = np.bincount(ratings.users[ratings.liked], minlength=len(ratings.user_ids))
    held_out = np.zeros(len(ratings), dtype=bool)
    held_out[order] = place < np.floor(likes * SHARE)[ratings.users]
    return ratings.take(~held_out), ratings.take(held_out)


def measure(factors: Factors, fitted: Ratings, held_out: Ratings, *, users: int | None = None) -> Quality:
    """Evaluate on all users with held-out items, or on so many of them as `users` says, evenly spaced.

    Everything in `fitted` counts as seen, and is not recommended. Raises ValueError if nothing is held out.
    """
    having = np.unique(held_out.users)
    if not len(having):
        raise ValueError("nothing is held out")
    if users is not None and len(having) > users:
        having = having[np.linspace(0, len(having) - 1, users).astype(np.intp)]
    best = top(factors, fitted, K, users=having).items
    hits = _hits(best, having, held_out)
    counts = np.bincount(held_out.users, minlength=len(held_out.user_ids))[having]
    discounts = 1 / np.log2(np.arange(2, K + 2))
    ideal = np.cumsum(discounts)[np.minimum(counts, K) - 1]
    return Quality(
        ndcg=float((hits @ discounts[: best.shape[1]] / ideal).mean()),
        recall=float((hits.sum(axis=1) / counts).mean()),
        coverage=len(np.unique(best[best >= 0])) / len(fitted.item_ids),
    )


def popularity(fitted: Ratings) -> Factors:
    """Return the popularity baseline, which recommends what most users like, as factors of rank one."""
    return Factors(
        users=np.ones((len(fitted.user_ids), 1), dtype=np.float32),
        items=fitted.item_counts().astype(np.float32)[:, None],
    )


def _hits(best: Rows, users: Rows, held_out: Ratings) -> "np.ndarray[tuple[int, int], np.dtype[np.bool_]]":
    """Return which of the best items are held out, shape (users, k)."""
    items = len(held_out.item_ids)
    wanted = held_out.users.astype(np.int64) * items + held_out.items
    found = users.astype(np.int64)[:, None] * items + best
    return np.isin(found, wanted) & (best >= 0)

"""Held-out ratings and metrics, for cases that can be computed by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from service.train.evaluate import measure, popularity, split
from service.train.factorise import Factors
from service.train.ratings import Ratings
from tests.service.train.checkerboard import checkerboard


def pairs(*rated: tuple[int, int]) -> Ratings:
    users, items = np.array(rated, dtype=np.int32).reshape(-1, 2).T
    return Ratings(
        user_ids=["a", "b"],
        item_ids=["0", "1", "2", "3"],
        users=users,
        items=items,
        values=np.ones(len(rated), dtype=np.float32),
    )


ORDER = Factors(  # Each user's order is item 0, 1, 2, 3.
    users=np.ones((2, 1), dtype=np.float32), items=np.array([[4], [3], [2], [1]], dtype=np.float32)
)


def test_fifth_of_each_user_is_held_out() -> None:
    """Every user keeps four fifths; both parts together are all ratings."""
    ratings = checkerboard()
    fitted, held_out = split(ratings, 0)
    assert np.bincount(held_out.users).tolist() == [3] * 40  # 19 liked items each
    both = {*zip(fitted.users, fitted.items, strict=True)} ^ {
        *zip(held_out.users, held_out.items, strict=True)
    }
    assert both == {*zip(ratings.users, ratings.items, strict=True)}


def test_split_depends_on_the_seed_alone() -> None:
    """The same seed holds out the same ratings, another seed others."""
    ratings = checkerboard()
    assert (split(ratings, 1)[1].items == split(ratings, 1)[1].items).all()
    assert (split(ratings, 1)[1].items != split(ratings, 2)[1].items).any()


def test_dislikes_are_never_held_out() -> None:
    """An item that a user rated 0 counts as seen, and is never expected as a recommendation."""
    ratings = checkerboard()
    values = np.where(ratings.items < 20, 0, ratings.values).astype(np.float32)
    fitted, held_out = split(replace(ratings, values=values), 0)
    assert held_out.liked.all()
    assert (~fitted.liked).sum() == (values == 0).sum()


def test_user_with_four_likes_keeps_them() -> None:
    """A fifth of four rounds down to nothing, so that enough is left for training."""
    assert len(split(pairs((0, 0), (0, 1), (0, 2), (0, 3)), 0)[1]) == 0


def test_ndcg_and_recall_by_hand() -> None:
    """User a's held-out items are at places 1 and 3, user b's only one at place 2."""
    quality = measure(ORDER, pairs((1, 0)), pairs((0, 0), (0, 2), (1, 2)))
    first = (1 + 1 / math.log2(4)) / (1 + 1 / math.log2(3))
    second = 1 / math.log2(3)
    assert quality.ndcg == pytest.approx((first + second) / 2)
    assert quality.recall == 1
    assert quality.coverage == 1


def test_users_without_held_out_items_do_not_count() -> None:
    """The mean is only over users with held-out items."""
    assert measure(ORDER, pairs((1, 0)), pairs((0, 0))).ndcg == 1


def test_nothing_held_out_is_refused() -> None:
    """There is no mean over no user."""
    with pytest.raises(ValueError, match="nothing is held out"):
        measure(ORDER, pairs((0, 0)), pairs())


def test_popularity_counts_likes() -> None:
    """The item that two users like comes first."""
    assert popularity(pairs((0, 2), (1, 2), (1, 0))).items.ravel().tolist() == [1, 0, 2, 0]


def test_part_of_the_users_is_measured() -> None:
    """The number of users is at most the limit; a limit above it changes nothing."""
    held_out = pairs((0, 0), (1, 3))
    assert measure(ORDER, pairs((0, 1)), held_out, users=1).ndcg == 1
    assert measure(ORDER, pairs((0, 1)), held_out, users=2) == measure(ORDER, pairs((0, 1)), held_out)

"""The best items are exactly those of brute force in float64."""

import numpy as np
import pytest

from service.train import top as module
from service.train.factorise import Factors
from service.train.ratings import Ratings
from service.train.top import top


def random_case(users: int, items: int, *, factors: int = 16, seen: int = 5) -> tuple[Factors, Ratings]:
    random = np.random.default_rng(7)
    pairs = np.unique(random.integers(0, users * items, users * seen))
    ratings = Ratings(
        user_ids=[str(user) for user in range(users)],
        item_ids=[str(item) for item in range(items)],
        users=(pairs // items).astype(np.int32),
        items=(pairs % items).astype(np.int32),
        values=np.ones(len(pairs), dtype=np.float32),
    )
    return (
        Factors(
            users=random.standard_normal((users, factors), dtype=np.float32),
            items=random.standard_normal((items, factors), dtype=np.float32),
        ),
        ratings,
    )


def assert_exact(factors: Factors, ratings: Ratings, k: int) -> None:
    found = top(factors, ratings, k)
    for user in range(len(factors.users)):
        scores = factors.items.astype(np.float64) @ factors.users[user].astype(np.float64)
        scores[ratings.items[ratings.users == user]] = -np.inf
        order = np.lexsort((np.arange(len(scores)), -scores))[:k]
        order = order[scores[order] > -np.inf]
        assert found.items[user, : len(order)].tolist() == order.tolist()
        assert (found.items[user, len(order) :] == -1).all()
        np.testing.assert_allclose(found.scores[user, : len(order)], scores[order], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("items", "k"), [(300, 10), (5000, 100), (30, 100), (1, 1)])
def test_same_as_brute_force(items: int, k: int) -> None:
    """This holds with or without groups of items, and with fewer items than requested."""
    assert_exact(*random_case(60, items), k)


def test_small_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of two users, whose scores are computed in parts, gives the same as a large one."""
    factors, ratings = random_case(31, 400)
    whole = top(factors, ratings, 20)
    monkeypatch.setattr(module, "_BLOCK_BYTES", 2 * 4 * 400)
    monkeypatch.setattr(module, "_EXACT", 7)
    parts = top(factors, ratings, 20)
    assert (parts.items == whole.items).all()
    assert (parts.scores == whole.scores).all()


def test_order_that_float32_cannot_see() -> None:
    """Scores that differ in the 9th digit are still ordered."""
    random = np.random.default_rng(3)
    direction = random.standard_normal(64).astype(np.float32)
    items = np.repeat(direction[None], 500, axis=0)
    items[:, 0] = np.nextafter(
        items[:, 0], np.float32(np.inf) * random.choice([-1, 1], 500).astype(np.float32)
    )
    items[:, 1] += random.integers(-3, 4, 500) * np.float32(1e-7)
    _, ratings = random_case(1, 500)
    assert_exact(Factors(users=direction[None], items=items), ratings, 100)


def test_equal_scores_go_by_row() -> None:
    """A user without known tastes gets the first items that they have not seen."""
    _, ratings = random_case(3, 2000, seen=0)
    factors = Factors(users=np.zeros((3, 4), dtype=np.float32), items=np.ones((2000, 4), dtype=np.float32))
    assert top(factors, ratings, 5).items.tolist() == [[0, 1, 2, 3, 4]] * 3


def test_user_who_has_seen_everything() -> None:
    """No item is left, so the row is padding."""
    factors, ratings = random_case(1, 3)
    everything = Ratings(
        user_ids=ratings.user_ids,
        item_ids=ratings.item_ids,
        users=np.zeros(3, dtype=np.int32),
        items=np.arange(3, dtype=np.int32),
        values=np.ones(3, dtype=np.float32),
    )
    assert top(factors, everything, 10).items.tolist() == [[-1, -1, -1]]


def test_some_users_only() -> None:
    """Requested rows come in the requested order."""
    factors, ratings = random_case(20, 50)
    wanted = np.array([7, 3], dtype=np.int32)
    assert (top(factors, ratings, 5, users=wanted).items == top(factors, ratings, 5).items[wanted]).all()

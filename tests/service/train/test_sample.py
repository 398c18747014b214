"""The generated sample."""

import numpy as np

from service.train.sample import generate


def test_sample_is_the_same_every_time() -> None:
    """A second call returns the same ratings and titles."""
    (first, titles), (second, again) = generate(), generate()
    assert titles == again
    assert first.items.tobytes() == second.items.tobytes()
    assert first.values.tobytes() == second.values.tobytes()


def test_sample_has_the_promised_size() -> None:
    """Users are "1" to "700" with 15 to 80 items each; about 400 items have titles of their own."""
    ratings, titles = generate()
    assert list(ratings.user_ids) == [str(user) for user in range(1, 701)]
    counts = np.bincount(ratings.users)
    assert counts.min() >= 15
    assert counts.max() <= 80
    assert len(ratings.item_ids) == len(titles) == len(set(titles.values())) == 384
    assert set(np.unique(ratings.values)) <= {half / 2 for half in range(1, 11)}

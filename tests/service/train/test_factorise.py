"""Factors on data whose answer is obvious."""

from dataclasses import replace

import numpy as np
import pytest

from service.train import factorise as module
from service.train.factorise import confidences, factorise
from service.train.parameters import Parameters
from service.train.search import first_guess, search
from service.train.top import top
from tests.service.train.checkerboard import SIZE, checkerboard, no_word

PARAMETERS = Parameters(regularization=1.0, factors=4)


def test_checkerboard_is_learnt() -> None:
    """Each user's only unrated item of their colour is recommended."""
    ratings = checkerboard()
    factors = factorise(ratings, PARAMETERS, update=no_word)
    assert top(factors, ratings, 1).items.ravel().tolist() == list(range(SIZE))


def test_seed_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same seed gives the same bits with one thread and with three; another seed gives others."""
    ratings = checkerboard()
    first = factorise(ratings, PARAMETERS, update=no_word)
    monkeypatch.setattr(module, "processors", lambda: 3)
    again = factorise(ratings, PARAMETERS, update=no_word)
    other = factorise(ratings, replace(PARAMETERS, seed=1), update=no_word)
    assert first.items.tobytes() == again.items.tobytes()
    assert first.users.tobytes() == again.users.tobytes()
    assert first.items.tobytes() != other.items.tobytes()


def test_each_iteration_is_told() -> None:
    """Progress is reported during long training."""
    told: list[str] = []
    factorise(checkerboard(), PARAMETERS, update=told.append)
    assert told[-1] == "factorising: iteration 15 of 15"
    assert len(told) == 15


def test_confidence_grows_with_the_rating() -> None:
    """A rating four times as high counts twice as much; equal ones count as the parameter says."""
    ratings = checkerboard()
    assert confidences(ratings, 4.0).data == pytest.approx(4.0)
    values = np.where(ratings.items == 0, 4, 1).astype(np.float32)
    weights = confidences(replace(ratings, values=values), 4.0).toarray()
    assert weights[2, 0] == pytest.approx(2 * weights[2, 4])


def test_confidence_shrinks_with_a_users_activity() -> None:
    """Each rating of a user with a quarter of the ratings counts twice as much."""
    ratings = checkerboard()
    few = ratings.take((ratings.users > 0) | (ratings.items <= 10))
    weights = confidences(few, 4.0)
    counts = np.diff(weights.indptr)
    assert weights[0].data[0] / weights[1].data[0] == pytest.approx(np.sqrt(counts[1] / counts[0]))


def test_dislikes_have_no_confidence() -> None:
    """A rating of 0 is not fitted."""
    ratings = checkerboard()
    values = np.where(ratings.items == 2, 0, 1).astype(np.float32)
    assert confidences(replace(ratings, values=values), 4.0)[:, [2]].nnz == 0


def test_search_finds_a_working_regularization() -> None:
    """It goes from a guess in steps of √2, and its result is at least as good as the guess."""
    ratings = checkerboard()
    found = search(ratings, PARAMETERS, update=no_word).regularization
    steps = 2 * np.log2(found / first_guess(ratings))
    assert steps == pytest.approx(round(steps), abs=0.01)
    assert abs(steps) <= 8


def test_search_without_enough_ratings_is_the_guess() -> None:
    """Without held-out ratings there is nothing to compare."""
    few = checkerboard(4)
    assert search(few, PARAMETERS, update=no_word).regularization == first_guess(few) == 3.0

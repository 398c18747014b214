"""Matrix factorisation: alternating least squares by the library implicit, with our own confidence weights.

docs/decisions/0002-factorisation.md says how the constants were found.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from service.train.parameters import Parameters
from service.train.ratings import Ratings

Floats = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Factors:
    """A score is the dot product of a user's and an item's row: shapes (users, factors), (items, factors)."""

    users: Floats
    items: Floats


def factorise(ratings: Ratings, parameters: Parameters, *, update: Callable[[str], None]) -> Factors:
    """Fit the users' and items' factors. The result does not depend on the number of threads.

    `update` gets a line of progress for each iteration.
    """
    model = AlternatingLeastSquares(
        factors=parameters.factors,
        regularization=parameters.regularization,
        iterations=parameters.iterations,
        random_state=parameters.seed,
        num_threads=processors(),
    )

    def report(iteration: int, _seconds: float, _loss: float | None) -> None:
        update(f"factorising: iteration {iteration + 1} of {parameters.iterations}")

    model.fit(confidences(ratings, parameters.confidence), show_progress=False, callback=report)
    return Factors(users=model.user_factors, items=model.item_factors)


def confidences(ratings: Ratings, confidence: float) -> "csr_matrix[np.float32]":
    """Return the confidence of each liked pair, shape (users, items), sparse; the mean is about `confidence`.

    It is multiplied by √(rating / mean rating), and by √(mean number of liked items / the user's number), so
    that a few users with thousands of ratings do not dominate the items' factors.
    """
    liked = ratings.take(ratings.liked)
    counts = np.bincount(liked.users, minlength=len(liked.user_ids))
    mean_count, mean_value = counts[counts > 0].mean(), liked.values.mean(dtype=np.float64)
    weights = confidence * np.sqrt(liked.values / mean_value * (mean_count / counts[liked.users]))
    starts = np.concatenate(([0], np.cumsum(counts)))
    shape = (len(liked.user_ids), len(liked.item_ids))
    return csr_matrix((weights.astype(np.float32), liked.items, starts), shape=shape)


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

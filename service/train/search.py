"""Search the regularisation: the only hyperparameter whose best value depends on the size of the data."""

import math
from collections.abc import Callable
from dataclasses import replace

from service.train.evaluate import measure, split
from service.train.factorise import factorise
from service.train.parameters import Parameters
from service.train.ratings import Ratings

_STEP = math.sqrt(2)
_STEPS = 8  # In each direction, so from a sixteenth to sixteen times the first guess.
_USERS = 10_000  # Enough to distinguish two values; more users only take longer.


def first_guess(ratings: Ratings) -> float:
    """Return 1.5 (measured) times the square root of the number of users, with which the noise grows."""
    return 1.5 * math.sqrt(len(ratings.user_ids))


def search(ratings: Ratings, parameters: Parameters, *, update: Callable[[str], None]) -> Parameters:
    """Return the parameters with a regularisation found by hill climbing on NDCG@10 of held-out ratings.

    It climbs from the first guess in steps of √2: three fits if the guess is the best, and one more for each
    step away from it. If no rating can be held out, the guess is returned.
    """
    fitted, held_out = split(ratings, parameters.seed)
    guess = first_guess(ratings)
    known: dict[int, float] = {}

    def quality(step: int) -> float:
        if step not in known:
            candidate = replace(parameters, regularization=guess * _STEP**step)
            prefix = f"trying regularization {candidate.regularization:.3g}"
            factors = factorise(fitted, candidate, update=lambda text: update(f"{prefix}, {text}"))
            known[step] = measure(factors, fitted, held_out, users=_USERS).ndcg
        return known[step]

    best = 0
    if len(held_out):
        for direction in (1, -1):
            while abs(best + direction) <= _STEPS and quality(best + direction) > quality(best):
                best += direction
    return replace(parameters, regularization=round(guess * _STEP**best, 3))

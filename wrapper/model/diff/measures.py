"""Overlap and rank-biased overlap of a million pairs of lists at once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]
Lists = NDArray[np.int32]


def shared(old: Lists, new: Lists) -> Counts:
    """Count what two lists have in common among their first d items: (depth, users), for d from 1 to depth.

    `old` and `new` are (depth, users): item numbers, best first, without repetition, then padding that equals
    nothing in the other array.
    """
    depth = len(old)
    met = np.zeros(old.shape, dtype=np.int64)
    for above in range(depth):
        for place in range(depth):
            met[max(above, place)] += old[above] == new[place]
    return met.cumsum(axis=0)


def overlap(common: Counts, old_length: NDArray[Any], new_length: NDArray[Any]) -> Floats:
    """Return the share of the longer list that is in the other; two empty lists agree."""
    longer = np.maximum(old_length, new_length)
    return np.where(longer > 0, common[-1] / np.maximum(longer, 1), 1.0)


def rank_biased_overlap(
    common: Counts, old_length: NDArray[Any], new_length: NDArray[Any], persistence: float
) -> Floats:
    """Return RBO_EXT, extrapolated and for lists of uneven length: equation 32 of Webber et al., 2010.

    `common` is what `shared` returns. Two empty lists agree, an empty one and another do not.
    """
    depth, users = common.shape
    short = np.minimum(old_length, new_length)
    long = np.maximum(old_length, new_length)
    at_short = common[np.maximum(short, 1) - 1, np.arange(users)]
    divisor = np.maximum(short, 1)
    total = np.zeros(users)
    for place in range(1, depth + 1):
        agreement = common[place - 1] / place
        beyond = np.where(place > short, at_short * (place - short) / (divisor * place), 0)
        total += np.where(place <= long, (agreement + beyond) * persistence**place, 0)
    rest = (common[-1] - at_short) / np.maximum(long, 1) + at_short / divisor
    found = (1 - persistence) / persistence * total + rest * persistence**long
    # Rounding errors of floats beyond 1 and 0.
    return np.where(long > 0, np.clip(found, 0, 1), 1.0)

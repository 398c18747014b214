"""A small generated set of ratings, for a first deployment without data of one's own."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from service.train.ratings import Ratings, collect

USERS = 700
_SEED = 1995

_GENRES = {
    "Space": ("Orbit", "Comet", "Starship", "Nebula", "Gravity", "Asteroid"),
    "Crime": ("Alibi", "Heist", "Witness", "Verdict", "Detective", "Ransom"),
    "Romance": ("Letter", "Waltz", "Promise", "Summer", "Bouquet", "Kiss"),
    "Western": ("Canyon", "Saddle", "Sheriff", "Prairie", "Railroad", "Outlaw"),
    "Horror": ("Cellar", "Shadow", "Scream", "Crypt", "Mirror", "Fog"),
    "Comedy": ("Wedding", "Landlord", "Holiday", "Neighbour", "Mix-up", "Recipe"),
    "War": ("Trench", "Convoy", "Armistice", "Regiment", "Bunker", "Bridge"),
    "Family": ("Puppy", "Treehouse", "Balloon", "Circus", "Snowman", "Kite"),
}
_MOODS = ("Last", "Silent", "Golden", "Broken", "Secret", "Midnight", "Distant", "Crooked")


def generate() -> tuple[Ratings, dict[str, str]]:
    """Return ratings of 700 users, "1" to "700", with 15 to 80 of 384 items each, and the titles by item id.

    Every user prefers one genre, then a second one, and popular items in any genre. The seed is fixed.
    """
    random = np.random.default_rng(_SEED)
    titles, genres = _catalogue(random)
    items = len(titles)
    popularity = 1 / (10 + random.permutation(items))
    taste = np.full((USERS, len(_GENRES)), 0.25)
    loved, liked = (random.integers(len(_GENRES), size=USERS) for _ in range(2))
    taste[np.arange(USERS), liked] = 2.0
    taste[np.arange(USERS), loved] = 6.0
    affinity = taste[:, genres]
    users, chosen = _choose(random, affinity * popularity)
    opinion = 2.2 + 0.9 * np.log2(1 + affinity[users, chosen]) + random.normal(0, 0.7, len(users))
    ratings, _ = collect(
        user_ids=[str(user + 1) for user in range(USERS)],
        item_ids=list(titles),
        users=users,
        items=chosen,
        values=np.clip(np.round(opinion * 2) / 2, 0.5, 5).astype(np.float32),
        timestamps=np.zeros(len(users)),
    )
    return ratings, titles


def _catalogue(random: np.random.Generator) -> tuple[dict[str, str], NDArray[np.intp]]:
    """Return the titles by item id, and each item's genre, shape (items,)."""
    nouns = [noun for nouns in _GENRES.values() for noun in nouns]
    names = [f"The {mood} {noun}" for noun, mood in product(nouns, _MOODS)]
    years = random.integers(1930, 2026, size=len(names))
    titles = {
        str(number): f"{name} ({year})"
        for number, (name, year) in enumerate(zip(names, years, strict=True), 1)
    }
    return titles, np.arange(len(names)) * len(_GENRES) // len(names)


def _choose(
    random: np.random.Generator, weights: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Draw 15 to 80 items for each user without replacement; the weights' shape is (users, items)."""
    users, items = weights.shape
    counts = random.integers(15, 81, size=users)
    # Efraimidis and Spirakis (2006): the smallest of exponential waiting times, each divided by its weight,
    # are a weighted sample without replacement.
    waiting = random.exponential(size=weights.shape) / weights
    order = np.argsort(waiting, axis=1, kind="stable").astype(np.int32)
    taken = np.arange(items) < counts.reshape(-1, 1)
    return np.repeat(np.arange(users, dtype=np.int32), counts), order[taken]

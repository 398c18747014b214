"""Small models whose answers a test can compute: brute force in float64 over random factors."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.artifact import write_artifact
from service.artifact_format import Manifest

# Ids that a URL, JSON or a fixed-width column might get wrong.
ODD_USERS = (
    "-",
    "a b",
    'say "hi"',
    "back\\slash",
    "ünï",
    "50%",
    "a&n=5",
    "a+b",
    "u" * 128,
    "None",
    "0",
    "00",
)


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a model is written from; `seen` are (user row, item row) pairs that are never recommended."""

    users: Sequence[str]
    items: Sequence[str]
    titles: Sequence[str]
    user_factors: NDArray[np.float32]
    item_factors: NDArray[np.float32]
    seen: frozenset[tuple[int, int]]

    def best(self, user: int, n: int) -> list[tuple[str, str, float]]:
        """Rank by brute force; scores of random factors are never equal."""
        scores = self.item_factors.astype(np.float64) @ self.user_factors[user].astype(np.float64)
        order = [item for item in np.argsort(-scores).tolist() if (user, item) not in self.seen]
        return [(self.items[item], self.titles[item], float(scores[item])) for item in order[:n]]


def make_source(*, users: int = 200, items: int = 150, factors: int = 8, seed: int = 0) -> Source:
    """Make a random model; its last users are special: one has seen all items, one all but three."""
    rng = np.random.default_rng(seed)
    names = [*map(str, range(1, users + 1)), *ODD_USERS, "full", "nearly"]
    count = len(names)
    seen = {(user, int(item)) for user in range(count - 2) for item in rng.integers(0, items, 5)}
    seen |= {(count - 2, item) for item in range(items)} | {(count - 1, item) for item in range(3, items)}
    return Source(
        users=names,
        items=[str(1000 + item) for item in range(items)],
        titles=[f'Título "{item}"\n\\ \u2028 (19{item % 100:02d}) 🎬' for item in range(items)],
        user_factors=rng.standard_normal((count, factors), dtype=np.float32),
        item_factors=rng.standard_normal((items, factors), dtype=np.float32),
        seen=frozenset(seen),
    )


def arguments(source: Source, *, version: str = "1", top: int = 100) -> dict[str, Any]:
    """Compute the arguments of `write_artifact`."""
    rows = {item: row for row, item in enumerate(source.items)}
    top_items = np.full((len(source.users), top), -1, dtype=np.int32)
    top_scores = np.zeros((len(source.users), top), dtype=np.float32)
    for user in range(len(source.users)):
        for place, (item, _, score) in enumerate(source.best(user, top)):
            top_items[user, place] = rows[item]
            top_scores[user, place] = score
    return {
        "name": "test",
        "version": version,
        "user_ids": source.users,
        "item_ids": source.items,
        "titles": source.titles,
        "user_factors": source.user_factors,
        "item_factors": source.item_factors,
        "top_items": top_items,
        "top_scores": top_scores,
        "item_counts": np.array([(item * 7) % len(source.items) for item in range(len(source.items))]),
        "parameters": {"factors": 8},
        "metrics": {"ndcg_at_10": 0.5},
        "data": {"sha256": "0" * 64},
    }


def write_model(directory: Path, *, version: str = "1", seed: int = 0) -> Manifest:
    return write_artifact(directory, **arguments(make_source(seed=seed, users=20, items=30), version=version))

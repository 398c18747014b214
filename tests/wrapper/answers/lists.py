"""Small models that the trainer's own writer makes from lists of answers."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from service.artifact import write_artifact

ITEMS = tuple("abcdefghijklmnopqrst")


def write_model(
    folder: Path,
    lists: Mapping[str, str],
    *,
    version: str = "1",
    items: Sequence[str] = ITEMS,
    counts: Sequence[int] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Path:
    """Write a model that answers each user with a list of one-letter items; titles are "Film <id>"."""
    depth = max(1, *map(len, lists.values()))
    rows = np.full((len(lists), depth), -1, dtype=np.int32)
    scores = np.zeros((len(lists), depth), dtype=np.float32)
    for user, found in enumerate(lists.values()):
        rows[user, : len(found)] = [items.index(item) for item in found]
        scores[user, : len(found)] = np.arange(len(found), 0, -1)
    write_artifact(
        folder,
        name="films",
        version=version,
        user_ids=list(lists),
        item_ids=items,
        titles=[(titles or {}).get(item, f"Film {item}") for item in items],
        user_factors=np.zeros((len(lists), 1), dtype=np.float32),
        item_factors=np.zeros((len(items), 1), dtype=np.float32),
        top_items=rows,
        top_scores=scores,
        item_counts=np.array(counts or range(len(items), 0, -1)),
        parameters={},
        metrics={},
        data={},
    )
    return folder

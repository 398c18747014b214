"""What every peer does for a request: one product over all items, the best n by partition."""

from pathlib import Path

import numpy as np

from benchmarks.rig.models import read_items
from service import artifact_format as form

Entry = tuple[str, str, float]


class Scorer:
    """The whole model in memory, as a tutorial loads it."""

    def __init__(self, folder: Path) -> None:
        self.users = np.load(folder / form.USER_FACTORS)
        self.items = np.load(folder / form.ITEM_FACTORS)
        ids = np.load(folder / form.ANSWERS, mmap_mode="r")["user"]
        self.rows = {uid.decode(): row for row, uid in enumerate(ids.tolist())}
        self.names = read_items(folder)

    def recommend(self, uid: str, n: int = 10) -> list[Entry] | None:
        """Score live; None for an unknown user. No seen items are left out, which saves a step."""
        row = self.rows.get(uid)
        if row is None:
            return None
        scores = self.items @ self.users[row]
        best = np.argpartition(-scores, n)[:n]
        best = best[np.argsort(-scores[best])]
        return [(*self.names[item], float(scores[item])) for item in best]

"""BentoML as in its quickstart."""

import os
from pathlib import Path
from typing import Any

import bentoml

from benchmarks.peers.scoring import Scorer


@bentoml.service(workers=1)
class Recommender:
    def __init__(self) -> None:
        self.scorer = Scorer(Path(os.environ["MODEL_FOLDER"]))

    @bentoml.api
    async def recommend(self, uid: str) -> dict[str, Any]:
        return {"success": True, "uid": uid, "response": self.scorer.recommend(uid)}

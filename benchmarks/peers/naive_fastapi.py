"""FastAPI as its tutorial has it: a route, typed parameters, a dictionary to answer with."""

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException

from benchmarks.peers.scoring import Scorer

scorer = Scorer(Path(os.environ["MODEL_FOLDER"]))
app = FastAPI()


# `async`, the faster of the two here: a plain function would cross to a thread and back for each request.
@app.get("/")
async def recommend(uid: str, n: int = 10) -> dict[str, Any]:
    best = scorer.recommend(uid, n)
    if best is None:
        raise HTTPException(status_code=404, detail="unknown user")
    return {"success": True, "uid": uid, "response": best}

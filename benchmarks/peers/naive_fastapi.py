"""FastAPI as in its tutorial: a route, typed parameters, a dictionary as answer."""

import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException

from benchmarks.peers.scoring import Scorer

scorer = Scorer(Path(os.environ["MODEL_FOLDER"]))
app = FastAPI()


# `response_model=None` replaces the tutorial's missing return annotation, which mypy would refuse.
@app.get("/", response_model=None)
async def recommend(uid: str, n: int = 10) -> dict[str, Any]:
    best = scorer.recommend(uid, n)
    if best is None:
        raise HTTPException(status_code=404, detail="unknown user")
    return {"success": True, "uid": uid, "response": best}


@app.get("/annotated")
async def annotated(uid: str, n: int = 10) -> dict[str, Any]:
    """Let pydantic write the answer, which is faster."""
    return await recommend(uid, n)


@app.get("/threaded", response_model=None)
def threaded(uid: str, n: int = 10) -> dict[str, Any]:
    """A plain function, as on the tutorial's first pages: FastAPI runs it in a thread."""
    best = scorer.recommend(uid, n)
    if best is None:
        raise HTTPException(status_code=404, detail="unknown user")
    return {"success": True, "uid": uid, "response": best}

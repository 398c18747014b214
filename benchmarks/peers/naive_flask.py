"""Flask as in its tutorial."""

import os
from pathlib import Path
from typing import Any

from flask import Flask, abort, request

from benchmarks.peers.scoring import Scorer

scorer = Scorer(Path(os.environ["MODEL_FOLDER"]))
app = Flask(__name__)


@app.get("/")
def recommend() -> dict[str, Any]:
    uid = request.args["uid"]
    best = scorer.recommend(uid, request.args.get("n", 10, type=int))
    if best is None:
        abort(404)
    return {"success": True, "uid": uid, "response": best}

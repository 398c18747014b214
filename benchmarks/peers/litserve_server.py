"""LitServe as in its quickstart: `python -m benchmarks.peers.litserve_server PORT`."""

import os
import sys
from pathlib import Path
from typing import Any

import litserve

from benchmarks.peers.scoring import Scorer


class Recommender(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.scorer = Scorer(Path(os.environ["MODEL_FOLDER"]))

    def decode_request(self, request: dict[str, Any]) -> str:
        return str(request["uid"])

    def predict(self, uid: str) -> Any:
        return self.scorer.recommend(uid)

    def encode_response(self, output: Any) -> dict[str, Any]:
        return {"success": True, "response": output}


if __name__ == "__main__":
    server = litserve.LitServer(Recommender(), accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", generate_client_file=False)

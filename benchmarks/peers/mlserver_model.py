"""MLServer with a custom runtime, over its V2 inference protocol."""

import json
import os
from pathlib import Path

from mlserver import MLModel
from mlserver.codecs import StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from benchmarks.peers.scoring import Scorer


class Recommender(MLModel):
    async def load(self) -> bool:
        self.scorer = Scorer(Path(os.environ["MODEL_FOLDER"]))
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer with ten JSON texts, because the protocol has no record of two texts and a number."""
        uid = StringCodec.decode_input(payload.inputs[0])[0]
        texts = [json.dumps(entry) for entry in self.scorer.recommend(uid) or []]
        output = StringCodec.encode_output("response", texts)
        return InferenceResponse(model_name=self.name, outputs=[output])

"""What a retraining job adds to training: a version that is derived from the input."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from service.train.arguments import Request


def placed(request: Request, fingerprint: Mapping[str, Any], environment: Mapping[str, str]) -> Request:
    """Return the request with a version of 12 hex digits and its place under `request.models`.

    The same ratings, titles, parameters and image give the same version, so that a repeated job finds the
    version published.
    """
    parameters = {**asdict(request.parameters), "searching": request.searching}
    cause = [fingerprint, parameters, environment.get("IMAGE_DIGEST", "")]
    version = hashlib.sha256(json.dumps(cause, sort_keys=True).encode()).hexdigest()[:12]
    return replace(request, version=version, out=f"{request.models}/{request.name}/{version}")

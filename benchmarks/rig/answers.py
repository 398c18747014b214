"""Whether a server's answers are the model's. A fast wrong answer is not a figure."""

import json

from benchmarks.rig.models import Bench
from benchmarks.rig.request import ask
from benchmarks.rig.servers import Up

_USERS = 25
# Live scores are float32 sums in an order of their own; ready ones have four decimals.
_TOLERANCE = 1e-3


class WrongAnswerError(Exception):
    """A server answers, but not with the model's ten best."""


def check(up: Up, bench: Bench, *, seed: int = 1) -> None:
    """Compare a sample of users with the artefact's lists, or raise WrongAnswerError."""
    for uid in bench.users(_USERS, seed):
        reply = ask(up.port, up.server.request(uid))
        if reply is None or reply.status != 200:
            raise WrongAnswerError(f"{up.server.name} must answer user {uid}, got {reply and reply.status}.")
        if up.server.static:
            continue
        found, wanted = up.server.read(json.loads(reply.body)), bench.best(uid)
        ids_agree = [item for item, _ in found] == [item for item, _ in wanted]
        if not ids_agree or any(abs(a[1] - b[1]) > _TOLERANCE for a, b in zip(found, wanted, strict=True)):
            raise WrongAnswerError(f"{up.server.name} must give user {uid} {wanted}, got {found}.")

"""Bad versions, one after the other: callers get the old version's answers all the time."""

from collections.abc import Iterator
from functools import partial

from benchmarks.canary.stage import PATIENT_MS, POLLED, USUAL_MS, Rows, Scene, Tally

# The fault, the trouble of tests/e2e/misbehaving that causes it, and the exit code.
TROUBLES = (
    ("answers 500", "uid_500", 7),
    ("an empty list", "uid_empty", 7),
    ("duplicates", "uid_duplicates", 7),
    ("somebody else's list", "uid_other", 7),
    ("answers too slowly", "uid_slow", 7),
    ("crashes within bake_seconds", "crash_once_asked", 6),
    ("a crash loop that answers first", "late_crash", 6),
)
_BAKE_SECONDS = 8


def matrix(scene: Scene) -> Rows:
    for name, trouble, code in TROUBLES:
        yield name, partial(_fail, scene, trouble, code)


def _fail(scene: Scene, trouble: str, code: int, tally: Tally) -> Iterator[str]:
    old, bad = scene.released, scene.fresh(trouble=trouble)
    with scene.callers(old, per_second=POLLED) as callers:
        budget = USUAL_MS if trouble == "uid_slow" else PATIENT_MS
        ended = scene.apply(bad, bake_seconds=_BAKE_SECONDS, latency_ms=budget)
    yield from tally.add(callers)
    tally.tell(ended)
    if ended.code != code:
        yield f"{ended}, not {code}: {ended.err[-400:]}"
    yield from scene.disunity(old)
    scene.declare(old, bake_seconds=_BAKE_SECONDS)
    if scene.changes():
        yield "the plan of the old version is not empty afterwards"

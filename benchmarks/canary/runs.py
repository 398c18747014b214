"""What only load shows: a version that fails one request in a hundred, and one that fails one in 1,000.

The load balancer counts by the minute, which no clock factor shortens: the steps have 90 real seconds.
"""

from collections.abc import Iterator
from functools import partial

from benchmarks.canary.stage import Rows, Scene, Tally
from benchmarks.rig.steady import RATE

STEPS, MINUTES = (5, 25, 50), 1.5
BAD, GOOD = 1.0, 0.1
# One request: a failing one is not what this row is about.
_KEYS = {"canary": {"steps": list(STEPS), "minutes": MINUTES}, "attempts": 1}
_ENOUGH = 0.8


def runs(scene: Scene, *, count: int, seed: int) -> Rows:
    for number in range(count):
        yield f"fails 1 %, run {number + 1}", partial(_run, scene, BAD, seed * 1000 + number)
        yield f"fails 0.1 %, run {number + 1}", partial(_run, scene, GOOD, seed * 1000 + number)


def _run(scene: Scene, failing: float, seed: int, tally: Tally) -> Iterator[str]:
    if scene.released.failing != GOOD:
        old = scene.fresh(failing=GOOD, seed=seed)
        if (ended := scene.apply(old, attempts=1)).code != 0:
            yield f"{ended}: {ended.err[-400:]}"
            return
    old, new = scene.released, scene.fresh(failing=failing, seed=seed)
    with scene.callers(old, new, per_second=RATE) as callers:
        ended = scene.apply(new, **_KEYS)
    for _ in tally.add(callers):
        pass  # some requests have to fail here: the result is how many versions are rolled back
    tally.tell(ended)
    got = callers.versions[new.name]
    tally.figures |= {
        "rate": round(callers.load.rate, 1),
        "share of the new version": round(got / len(callers.load.sent), 3),
        "unsure": [line for line in ended.err.splitlines() if "oo few" in line],
    }
    if callers.load.rate < RATE * _ENOUGH:
        yield f"the load came to {callers.load.rate:.0f} requests a second"
    if failing == BAD:
        if ended.code != 6 or "requests fail" not in tally.told:
            yield f"{ended}, so it was not taken back for what it fails: {ended.err[-400:]}"
        yield from scene.disunity(old)
    else:
        if ended.code != 0:
            yield f"{ended}, so a good one was taken back: {ended.err[-600:]}"
        yield from scene.disunity(new if ended.code == 0 else old)

"""A canary is killed at a random moment: the next command, whichever it is, restores one version."""

import random
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks.canary.stage import Rows, Scene, Tally
from benchmarks.faults.kills import interrupt

# Three coprime to four: twelve in a row have every pair once. The file may have been changed back.
VICTIMS = ("wrapper", "wrapper", "wrapper", "terraform")
NEXT = ("apply", "rollback", "apply of the old version")
_STEPS: dict[str, Any] = {"canary": {"steps": [20, 60], "minutes": 0.1}, "bake_seconds": 5}
# Enough requests to notice a short fault, but most of the CPU is left to the commands.
_POLLED = 10
# Before that the command only starts.
_FIRST_SECONDS = 1.0
_SOONER = 0.7


def kills(scene: Scene, *, count: int, seed: int) -> Rows:
    taken: list[float] = []
    yield "undisturbed", partial(_undisturbed, scene, taken)
    for number in range(count):
        dice = random.Random(f"{seed}-{number}")
        victim, following = VICTIMS[number % len(VICTIMS)], NEXT[number % len(NEXT)]
        name = f"kill {number + 1:2}: {victim}, then {following}"
        yield name, partial(_kill, scene, taken, victim, following, dice.random())


def _undisturbed(scene: Scene, taken: list[float], tally: Tally) -> Iterator[str]:
    """Run one without a kill, to know its duration, and leave two releases to go back to."""
    old, new = scene.released, scene.fresh()
    with scene.callers(old, new, per_second=_POLLED) as callers:
        began = time.monotonic()
        ended = scene.apply(new, **_STEPS)
        taken.append(time.monotonic() - began)
    yield from tally.add(callers)
    if ended.code != 0:
        yield f"{ended}: {ended.err[-400:]}"


def _kill(
    scene: Scene, taken: list[float], victim: str, following: str, moment: float, tally: Tally
) -> Iterator[str]:
    if not taken:  # the row before was left out
        yield from _undisturbed(scene, taken, Tally())
    old, new = scene.released, scene.fresh()
    after = _FIRST_SECONDS + moment * (taken[-1] - _FIRST_SECONDS)
    scene.declare(new, **_STEPS)
    with scene.callers(*scene.past.values(), per_second=_POLLED) as callers:
        killed = interrupt(scene, ("apply", "dev"), "dev", victim, after)
        while killed.code == 0:  # it was faster this time
            old, new, after = new, scene.fresh(), after * _SOONER
            scene.declare(new, **_STEPS)
            callers.allowed |= {new.name}
            killed = interrupt(scene, ("apply", "dev"), "dev", victim, after)
        tally.figures |= {"after": round(after, 1), "phase": _phase(killed.err), "code": killed.code}
        if following == "apply of the old version":
            scene.declare(old, **_STEPS)
        began = time.monotonic()
        ended = scene.run("rollback" if following == "rollback" else "apply", "dev")
        tally.seconds = time.monotonic() - began
    yield from tally.add(callers)
    notes = [line for line in ended.err.splitlines() if "tiny" in line and "release" in line]
    tally.told = next(iter(notes), "")
    if ended.code != 0:
        yield f"{ended} after {killed} in “{tally.figures['phase']}”: {ended.err[-600:]}"
        scene.released = scene.recorded()
        return
    wanted = {"apply": new, "apply of the old version": old}.get(following, scene.recorded())
    scene.released = scene.recorded()
    yield from scene.disunity(wanted)
    if following != "rollback" and scene.changes():
        yield "the next plan is not empty"


def _phase(told: str) -> str:
    """Return the last step that had ended when the command was killed."""
    steps = [line.split("  ")[0] for line in told.splitlines() if line[:1] in "✓✗!"]
    return steps[-1][2:] if steps else "the start"

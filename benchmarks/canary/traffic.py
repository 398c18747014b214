"""Requests at a steady rate while versions and strategies change: none fails."""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.canary.stage import SERVICE, Callers, Rows, Scene, Tally, eventually
from benchmarks.faults.stage import Ended

_ENOUGH = 0.8
_BACK_SECONDS = 10.0

Change = Callable[[Scene, int, Tally], Iterator[str]]


def traffic(scene: Scene, *, rate: int) -> Rows:
    changes: dict[str, Change] = {
        "a good canary": _good,
        "rolled back at weight 0": _bad,
        "rolled back by an alarm": _alarmed,
        "an instant rollback": _back,
        "from canary to rolling": partial(_moved, strategy="rolling"),
        "from rolling to canary": partial(_moved, strategy="canary"),
    }
    for name, change in changes.items():
        yield name, partial(change, scene, rate)


def _good(scene: Scene, rate: int, tally: Tally) -> Iterator[str]:
    yield from _moved(scene, rate, tally, strategy="canary")


def _moved(scene: Scene, rate: int, tally: Tally, *, strategy: str) -> Iterator[str]:
    new = scene.fresh()
    allowed = (scene.released, new)
    with scene.callers(*allowed, per_second=rate) as callers:
        ended = scene.apply(new, strategy=strategy)
    yield from _counted(callers, rate, tally, ended, code=0)
    yield from scene.disunity(new, alone=strategy == "rolling")


def _bad(scene: Scene, rate: int, tally: Tally) -> Iterator[str]:
    old, bad = scene.released, scene.fresh(trouble="uid_500")
    with scene.callers(old, per_second=rate) as callers:
        ended = scene.apply(bad)
    yield from _counted(callers, rate, tally, ended, code=7)
    yield from scene.disunity(old)


def _alarmed(scene: Scene, rate: int, tally: Tally) -> Iterator[str]:
    """Set the alarms of both slots by hand when the new one gets requests, until it gets none."""
    old, new = scene.released, scene.fresh()
    scene.declare(
        new,
        canary={"steps": [20], "minutes": 5},
        alarms={"error_percent": 50, "rollback": False},
    )
    with scene.callers(old, new, per_second=rate) as callers:
        begun = scene.begin("apply", "dev", "--json")
        if not eventually(lambda: 20 in scene.shares().values() or begun.poll() is not None):
            yield "it never got requests"
        eventually(lambda: _sounded(scene) or begun.poll() is not None, seconds=120)
        ended = scene.end(begun, "apply", "dev")
    yield from _counted(callers, rate, tally, ended, code=6)
    yield from scene.disunity(old)


def _sounded(scene: Scene) -> bool:
    """Set the alarms again: the sandbox evaluates them, and resets them without a breach."""
    cloudwatch = scene.aws().cloudwatch
    for alarm in cloudwatch.describe_alarms(AlarmNamePrefix=f"recommender-dev-{SERVICE}")["MetricAlarms"]:
        cloudwatch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue="ALARM", StateReason="by hand")
    return 20 not in scene.shares().values()


def _back(scene: Scene, rate: int, tally: Tally) -> Iterator[str]:
    old, new = scene.released, scene.fresh()
    if (ended := scene.apply(new)).code != 0:
        yield f"{ended}: {ended.err[-400:]}"
    with scene.callers(old, new, per_second=rate) as callers:
        began = time.monotonic()
        ended = scene.run("rollback", "dev", "--json")
        tally.seconds = time.monotonic() - began
    scene.released = scene.recorded()
    yield from _counted(callers, rate, tally, ended, code=0)
    yield from scene.disunity(old)
    steps: list[Any] = ended.document.get("steps", [])
    shifts = [step["seconds"] for step in steps if "version before" in step["title"]]
    tally.figures["shift"] = shifts
    if not shifts or shifts[0] > _BACK_SECONDS:
        yield f"it must shift within {_BACK_SECONDS:g} s, took {shifts}"


def _counted(callers: Callers, rate: int, tally: Tally, ended: Ended, *, code: int) -> Iterator[str]:
    yield from tally.add(callers)
    tally.tell(ended)
    tally.figures |= {"asked": rate, "rate": round(callers.load.rate, 1)}
    if callers.load.rate < rate * _ENOUGH:
        yield f"the load came to {callers.load.rate:.0f} requests a second"
    if ended.code != code:
        yield f"{ended}, not {code}: {ended.err[-400:]}"

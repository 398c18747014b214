"""In each phase of a canary, a second plan of the same file is empty."""

import signal
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.canary.stage import Rows, Scene, Tally, Version, eventually

# The steps are long, so that the command is killed within one.
_SLOW: dict[str, Any] = {"canary": {"steps": [20, 60], "minutes": 5}, "bake_seconds": 0}


def phases(scene: Scene) -> Rows:
    yield "rolling", partial(_applied, scene, strategy="rolling")
    yield "the old version is kept", partial(_applied, scene)
    yield "the old version's time is over", partial(_again, scene, keep_minutes=0)
    yield "a bad version at weight 0", partial(_bad, scene)
    for share in (20, 60):
        yield f"at {share} %", partial(_stopped, scene, share)
    yield "all requests, no release yet", partial(_stopped, scene, 100)
    yield "after an instant rollback", partial(_rolled_back, scene)


def _applied(scene: Scene, tally: Tally, **keys: Any) -> Iterator[str]:
    new = scene.fresh()
    ended = scene.apply(new, **keys)
    if ended.code != 0:
        yield f"{ended}: {ended.err[-400:]}"
    yield from _empty(scene, tally)


def _again(scene: Scene, tally: Tally, **keys: Any) -> Iterator[str]:
    ended = scene.apply(scene.released, **keys)
    if ended.code != 0:
        yield f"{ended}: {ended.err[-400:]}"
    yield from scene.disunity(scene.released, alone=True)
    yield from _empty(scene, tally)


def _bad(scene: Scene, tally: Tally) -> Iterator[str]:
    ended = scene.apply(scene.fresh(trouble="uid_500"), rollback="never")
    tally.tell(ended)
    if ended.code != 7:
        yield f"{ended}, not 7: {ended.err[-400:]}"
    yield from _empty(scene, tally)


def _stopped(scene: Scene, share: int, tally: Tally) -> Iterator[str]:
    """Kill the apply at a share; the plan is empty, and the next apply continues to the end."""
    new = scene.fresh()
    keys = {"canary": {"steps": [20, 60], "minutes": 0.1}, "attempts": 300} if share == 100 else _SLOW
    if share == 60:
        keys = {"canary": {"steps": [60], "minutes": 5}, "bake_seconds": 0}
    scene.declare(new, **keys)
    record = scene.recorded()
    begun = scene.begin("apply", "dev")
    if not eventually(_given(scene, new, share)):
        yield f"it never got {share} %"
    begun.send_signal(signal.SIGKILL)
    scene.end(begun, "apply", "dev")
    if scene.recorded() != record:
        yield "it was recorded before it could be killed"
    yield from _empty(scene, tally)
    # Shorter steps now change nothing in AWS.
    ended = scene.apply(new, canary={"steps": [20, 60], "minutes": 0.1}, bake_seconds=0)
    if ended.code != 0:
        yield f"{ended}: {ended.err[-400:]}"
    yield from scene.disunity(new)


def _given(scene: Scene, new: Version, share: int) -> Callable[[], bool]:
    def given() -> bool:
        shares = scene.shares()
        running = {each["serviceName"]: each["taskDefinition"] for each in scene.services()}
        return any(
            shares.get(name) == share and scene.version_of(arn) == new.name for name, arn in running.items()
        )

    return given


def _rolled_back(scene: Scene, tally: Tally) -> Iterator[str]:
    """The file is as it was: a plan is empty, and only an apply would go forward again."""
    yield from _applied(scene, Tally())
    ended = scene.run("rollback", "dev")
    scene.released = scene.recorded()
    if ended.code != 0:
        yield f"{ended}: {ended.err[-400:]}"
    yield from _empty(scene, tally)


def _empty(scene: Scene, tally: Tally) -> Iterator[str]:
    if scene.changes():
        yield "the second plan is not empty"
    tally.told = "; ".join(f"{name}: {share} %" for name, share in sorted(scene.shares().items()))

"""Kill one of four, in the middle of one of four commands; the next command brings what is declared."""

import os
import random
import signal
import time
from collections.abc import Iterator
from functools import partial

import psutil

from benchmarks.faults.stage import Ended, Row, Stage

VICTIMS = ("wrapper", "terraform", "emulator", "task")
COMMANDS = ("apply", "rollback", "promote", "destroy")
# The rough duration of each, from which a random moment is drawn.
SECONDS = {"apply": 35.0, "rollback": 30.0, "promote": 60.0, "destroy": 40.0}
_WAIT_SECONDS = 300.0


def kills(stage: Stage, *, count: int, seed: int, done: frozenset[str]) -> Iterator[Row]:
    """Four in a row have each victim and each command once, sixteen every pair of them."""
    for number in range(count):
        victim, command = VICTIMS[number % 4], COMMANDS[(number + number // 4) % 4]
        dice = random.Random(f"{seed}-{number}")
        after = dice.uniform(1, SECONDS[command])
        name = f"kill {number + 1:2}: {victim} in {command}, {after:.0f} s"
        if name not in done:
            yield stage.row(name, partial(_kill, stage, victim, command, after))


def _kill(stage: Stage, victim: str, command: str, after: float) -> Iterator[str]:
    environment = "next" if command == "promote" else "dev"
    # A rollback needs an older release; after a success nothing needs preparation.
    versions: list[tuple[str, ...]] = [] if stage.is_sound else [()]
    if command == "rollback":
        versions.append(stage.version())
    for version in versions:
        if (ready := stage.run("apply", "dev", *version)).code != 0:
            yield f"it could not be made ready: {ready.err[-300:]}"
            return
    before = len(stage.releases("dev"))
    words = {
        "apply": ("apply", "dev", *stage.version()),
        "rollback": ("rollback", "dev"),
        "promote": ("promote", "dev", "next"),
        "destroy": ("destroy", "dev", "--yes"),
    }[command]
    ended = interrupt(stage, words, environment, victim, after)
    goal = ("promote", "dev", "next") if command == "promote" else ("apply", "dev")
    mended = stage.mend(ended, *goal)
    if mended.code != 0:
        yield f"{mended} after what each error said: {mended.err[-400:]}"
        return
    # The emulator's resources end with it, as after a destroy.
    kept = command in ("apply", "rollback") and victim != "emulator"
    yield from stage.problems(environment, at_least=before if kept else 1)


def interrupt(stage: Stage, words: tuple[str, ...], environment: str, victim: str, after: float) -> Ended:
    """Kill the victim as soon as it exists, after the moment; the command may have ended before."""
    process = stage.begin(*words)
    deadline = time.monotonic() + _WAIT_SECONDS
    time.sleep(after)
    while process.poll() is None and time.monotonic() < deadline:
        if pid := _find(stage, process.pid, environment, victim):
            os.kill(pid, signal.SIGKILL)
            break
        time.sleep(0.02)
    return stage.end(process, *words)


def _find(stage: Stage, wrapper: int, environment: str, victim: str) -> int | None:
    if victim == "wrapper":
        return wrapper
    emulator = stage.record(environment).get("pid")
    if victim == "emulator":
        return emulator if emulator and psutil.pid_exists(emulator) else None
    parent = wrapper if victim == "terraform" else emulator
    if not parent or not psutil.pid_exists(parent):
        return None
    named = "terraform" if victim == "terraform" else "uvicorn"
    for child in psutil.Process(parent).children(recursive=True):
        try:
            if named in " ".join(child.cmdline()) or (victim == "task" and child.name() == named):
                return child.pid
        except psutil.Error:
            continue
    return None

"""A clock an hour off: the wrapper's, the emulator's. Terraform's can't be faked: Go uses no library."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.faults.stage import Row, Stage, variables

_LIBRARY = "*/faketime/libfaketime.so.1"
# Python sleeps until a monotonic time, which libfaketime changes in spite of its setting.
_SLEEP = """import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


def clocks(stage: Stage, *, done: frozenset[str]) -> Iterator[Row]:
    found = list(Path("/usr/lib").glob(_LIBRARY))
    for offset in ("+1h", "-1h"):
        for whose, work in (("wrapper", _wrappers), ("emulator", _emulators)):
            if (name := f"clock of the {whose} {offset}") in done:
                continue
            if found:
                yield stage.row(name, partial(work, stage, _faked(stage, str(found[0]), offset)))
            else:
                yield Row(name=name, commands=(), seconds=0, problems=("not run: install libfaketime",))


def _faked(stage: Stage, library: str, offset: str) -> dict[str, str]:
    # Deadlines use the monotonic clock, which nobody sets.
    settings = {"LD_PRELOAD": library, "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    (folder := stage.root.parent / "sleep").mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_SLEEP)
    return {**settings, "PYTHONPATH": str(folder)}  # the last one, see _stand_in


def _wrappers(stage: Stage, faked: dict[str, str]) -> Iterator[str]:
    before = len(stage.releases())
    ended = stage.run("apply", "dev", *stage.version(), env=variables(**faked))
    if ended.code != 0:
        yield f"{ended}: {ended.err[-300:]}"
    yield from stage.problems(at_least=before + 1)


def _emulators(stage: Stage, faked: dict[str, str]) -> Iterator[str]:
    """Start the sandbox again, with a Python that has the other clock."""
    stage.run("sandbox", "down", "dev")
    link = stage.root / ".wrapper" / "sandbox-venv"
    real = link.resolve()
    link.unlink()
    _stand_in(link, real, faked)
    try:
        ended = stage.run("apply", "dev", *stage.version())
        if ended.code != 0:
            yield f"{ended}: {ended.err[-300:]}"
        yield from stage.problems()
    finally:
        stage.run("sandbox", "down", "dev")
        shutil.rmtree(link)
        link.symlink_to(real)
    again = stage.run("apply", "dev")
    if again.code != 0:
        yield f"{again} with the right clock: {again.err[-300:]}"


def _stand_in(folder: Path, real: Path, faked: dict[str, str]) -> None:
    (folder / "bin").mkdir(parents=True)
    for path in real.iterdir():
        if path.name != "bin":
            (folder / path.name).symlink_to(path)
    assigned = " ".join(f"{name}={value}" for name, value in faked.items())
    python = folder / "bin" / "python"
    # PYTHONPATH has the folder of its own modules.
    python.write_text(
        f'#!/bin/sh\nexec env {assigned}"${{PYTHONPATH:+:$PYTHONPATH}}" {real}/bin/python "$@"\n'
    )
    python.chmod(0o755)

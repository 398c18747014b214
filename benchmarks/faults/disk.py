"""A full disk: for plans and logs, and for temporary files."""

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.faults.stage import Row, Stage, variables

_SMALL_BYTES = 64 * 1024


def disks(stage: Stage, *, done: frozenset[str]) -> Iterator[Row]:
    for name, words in (("plan", ("plan", "dev")), ("apply", ("apply", "dev"))):
        if (full := f"full disk under .wrapper, {name}") not in done:
            yield stage.row(full, partial(_work, stage, words))
        if (full := f"full temporary folder, {name}") not in done:
            yield stage.row(full, partial(_temporary, stage, words))


def _work(stage: Stage, words: tuple[str, ...]) -> Iterator[str]:
    if os.getuid() == 0:
        with _small(stage.root / ".wrapper" / "dev" / "app"):
            ended = stage.run(*words)
    else:
        limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (_SMALL_BYTES, _SMALL_BYTES))
        ended = stage.run(*words, preexec_fn=limit)
    yield from _judged(stage, ended.code, ended.err)


def _temporary(stage: Stage, words: tuple[str, ...]) -> Iterator[str]:
    """Let an apply build its image again there: nothing else needs as much room."""
    source = stage.root / "service" / "__init__.py"
    source.write_text(source.read_text() + f"# {words[0]}\n")
    with tempfile.TemporaryDirectory() as folder:
        if os.getuid() == 0:
            with _small(Path(folder)):
                (Path(folder) / "ballast").write_bytes(b"x" * _SMALL_BYTES)
                ended = stage.run(*words, env=variables(TMPDIR=folder))
        else:
            ended = stage.run(*words, env=variables(TMPDIR=f"{folder}/none"))
    yield from _judged(stage, ended.code, ended.err)


def _judged(stage: Stage, code: int, told: str) -> Iterator[str]:
    """There may be enough room; otherwise the error says so, and the command succeeds once there is."""
    if code != 0 and not any(word in told for word in ("room", "space", "too large", "temporary")):
        yield f"the full disk is not named: {told[-400:]}"
    again = stage.run("apply", "dev")
    if again.code != 0:
        yield f"{again} once there is room: {again.err[-300:]}"
    yield from stage.problems()


@contextmanager
def _small(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_SMALL_BYTES},mode=700", "tmpfs", str(folder)]
    subprocess.run(mount, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)

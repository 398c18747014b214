"""A command's output, its end, and what an interrupt does to it."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from wrapper.terraform.process import Completed, run

# Runs a shell script by `run` in a process of its own, which the test can interrupt.
RUNNER = """
import os, signal, sys
from pathlib import Path
from wrapper.terraform.process import run
# The tests may run where signals are ignored: in the background, under nohup.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
try:
    run(["/bin/sh", "-c", sys.argv[1]], folder=Path.cwd(), environment=os.environ,
        on_interrupt=lambda: print("winding down", flush=True))
except KeyboardInterrupt:
    sys.exit(130)
"""


def sh(script: str, folder: Path) -> Completed:
    return run(["/bin/sh", "-c", script], folder=folder, environment=os.environ)


def start(trap: str, script: str, folder: Path) -> "subprocess.Popen[str]":
    """Start a wrapper around a shell that sets its trap, makes the file `started` and runs `script`."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUNNER, f"trap {trap} INT; touch started; {script}"],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    wait_for(folder / "started")
    return process


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def is_running(number: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    done = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True)
    return done.stdout.strip()[:1] not in ("", "Z")


def test_both_outputs_and_the_code_are_kept(tmp_path: Path) -> None:
    """stdout and stderr are returned separately, with the exit code."""
    assert sh("echo out; echo err >&2; exit 3", tmp_path) == Completed(code=3, stdout="out\n", stderr="err\n")


def test_lines_arrive_whole_and_in_order(tmp_path: Path) -> None:
    """A line that is written in two parts is passed on once, complete."""
    lines: list[str] = []
    script = "echo a; printf 'b'; sleep 0.1; printf 'c\\nd\\n'"
    run(["/bin/sh", "-c", script], folder=tmp_path, environment=os.environ, on_line=lines.append)
    assert lines == ["a", "bc", "d"]


def test_much_output_on_both_sides_does_not_block(tmp_path: Path) -> None:
    """300 kB on stderr are more than a pipe's buffer, with stdout between."""
    done = sh("i=0; while [ $i -lt 300 ]; do printf '%01000d\\n' $i >&2; echo $i; i=$((i+1)); done", tmp_path)
    assert (len(done.stderr), done.stdout.count("\n")) == (300 * 1001, 300)


def test_a_log_stays_and_is_private(tmp_path: Path) -> None:
    """stdout is kept at the given path, readable only by its owner."""
    log = tmp_path / "log"
    run(["/bin/echo", "kept"], folder=tmp_path, environment=os.environ, log=log)
    assert (log.read_text(), log.stat().st_mode & 0o777) == ("kept\n", 0o600)


def test_a_log_is_not_shared_with_another_run(tmp_path: Path) -> None:
    """A second run of the same verb gets a log of its own, while the first still writes."""
    log = tmp_path / "log"
    with log.open("w") as first:
        run(["/bin/echo", "second"], folder=tmp_path, environment=os.environ, log=log)
        first.write("first\n" * 1000)
    assert log.read_text() == "second\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_lets_the_command_clean_up(tmp_path: Path, number: signal.Signals) -> None:
    """The command gets one SIGINT, and the wrapper waits for its end."""
    process = start("'touch cleaned; exit 1'", "while :; do sleep 0.05; done", tmp_path)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said, (tmp_path / "cleaned").exists()) == (130, "winding down\n", True)


def test_a_second_interrupt_kills_the_command(tmp_path: Path) -> None:
    """A command that does not stop is killed, with its children."""
    process = start("''", "sleep 60 & echo $! $$ > pids; touch ready; wait; sleep 60", tmp_path)
    wait_for(tmp_path / "ready")
    process.send_signal(signal.SIGINT)
    assert process.stdout
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    child, command = map(int, (tmp_path / "pids").read_text().split())
    assert (process.returncode, is_running(command), is_running(child)) == (130, False, False)


class InterruptedLock:
    """A lock that is interrupted just when it is acquired, once, after a file has appeared."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._file: Path | None = file

    def acquire(self, *words: Any) -> bool:
        acquired = self._lock.acquire(*words)
        if acquired and self._file and self._file.exists():
            self._file = None
            signal.raise_signal(signal.SIGINT)
        return acquired

    def release(self) -> None:
        self._lock.release()


def test_an_interrupt_within_popen_leaves_no_lock_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Popen.wait cannot release its lock at once: an exception there would let the next one wait forever."""

    class Interrupted(subprocess.Popen[bytes]):
        def __init__(self, *words: Any, **options: Any) -> None:
            super().__init__(*words, **options)
            self._waitpid_lock = InterruptedLock(tmp_path / "started")

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        sh("trap 'touch cleaned; exit 1' INT; touch started; while :; do sleep 0.05; done", tmp_path)
    assert (tmp_path / "cleaned").exists()


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux tells a child of its parent's death"
)
def test_a_killed_wrapper_takes_its_command_along(tmp_path: Path) -> None:
    """After kill -9 of the wrapper the command gets SIGINT, so that it can clean up."""
    process = start("'touch cleaned; exit 1'", "while :; do sleep 0.05; done", tmp_path)
    process.kill()
    process.communicate(timeout=60)
    wait_for(tmp_path / "cleaned")


def test_a_failing_reader_ends_the_command(tmp_path: Path) -> None:
    """An error in the code that reads the lines does not leave the command running."""

    def fail(line: str) -> None:
        raise ValueError(line)

    with pytest.raises(ValueError, match=r"^first$"):
        run(
            ["/bin/sh", "-c", "echo first; echo $$ > pid; exec sleep 60"],
            folder=tmp_path,
            environment={},
            on_line=fail,
        )
    assert not is_running(int((tmp_path / "pid").read_text()))

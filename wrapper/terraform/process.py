"""Run one command, follow its output line by line, and never leave it running.

Output goes to files that are read while they grow, not to pipes: nothing can block on a full pipe, and a
command whose wrapper was killed does not die of SIGPIPE before it has saved its state.
"""

import os
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

LineHandler = Callable[[str], None]

_POLL_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class Completed:
    """How a command ended: `code` is negative if a signal ended it."""

    code: int
    stdout: str
    stderr: str


class GrowingText:
    """Read a file that another process is writing, in whole lines, without moving that process's position."""

    def __init__(self, file: IO[bytes]) -> None:
        self._descriptor = file.fileno()
        self._offset = 0
        self._rest = b""

    def lines(self) -> list[str]:
        """Return the lines completed since the last call."""
        *lines, self._rest = (self._rest + self._read()).split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def _read(self) -> bytes:
        chunks = []
        while chunk := os.pread(self._descriptor, 1 << 20, self._offset):
            self._offset += len(chunk)
            chunks.append(chunk)
        return b"".join(chunks)


def run(
    argv: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    log: Path | None = None,
    on_line: LineHandler = lambda line: None,
    on_interrupt: Callable[[], None] = lambda: None,
    text_in: str = "",
    merged: bool = False,
) -> Completed:
    """Run `argv` in `folder` to its end; `on_line` gets each line of its stdout as it appears.

    stdout stays in `log` if given; `merged` lets stderr go there, too. `text_in` is its stdin. Ctrl-C,
    SIGTERM and SIGHUP send the command one SIGINT, then wait until it has cleaned up after itself; a second
    one kills it with all its children. Both raise KeyboardInterrupt.
    """
    with ExitStack() as stack:
        stdout = stack.enter_context(_open_private(log))
        stderr = stack.enter_context(_open_private(None))
        stdin = stack.enter_context(_open_private(None))
        stdin.write(text_in.encode())
        stdin.seek(0)
        signals = stack.enter_context(Signals())
        process = subprocess.Popen(
            [*_death_signal(), *argv],
            cwd=folder,
            env=dict(environment),
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.STDOUT if merged else stderr,
            process_group=0,  # the terminal's Ctrl-C must reach the wrapper alone, which passes it on once
        )
        try:
            text = GrowingText(stdout)
            for _ in until_its_end(process, signals):
                for line in text.lines():
                    on_line(line)
        finally:
            _wind_down(process, signals, on_interrupt)
        return Completed(code=process.returncode, stdout=_content(stdout), stderr=_content(stderr))


class Signals:
    """A block in which Ctrl-C, SIGTERM and SIGHUP take effect only in `check` and at its end.

    Raised within Popen.wait, an exception can leave its lock acquired: no later wait would return.
    Signals that the process ignores stay ignored.
    """

    def __init__(self) -> None:
        self._came: deque[int] = deque()
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> "Signals":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                if (handler := signal.getsignal(number)) not in (signal.SIG_IGN, None):
                    self._handlers[number] = handler
                    signal.signal(number, lambda number, frame: self._came.append(number))
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self.check()

    def check(self) -> None:
        """Let each signal's own handler have it; one that has none raises KeyboardInterrupt."""
        while self._came:
            number = self._came.popleft()
            if self._handlers[number] is signal.SIG_DFL:
                raise KeyboardInterrupt
            self._handlers[number](number, None)


def until_its_end(process: subprocess.Popen[bytes], signals: Signals) -> Iterator[None]:
    """Yield again and again while a process runs, and once when it has ended."""
    while process.returncode is None:
        signals.check()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)
        yield


def _wind_down(process: subprocess.Popen[bytes], signals: Signals, on_interrupt: Callable[[], None]) -> None:
    """Let a command that still runs (interrupt, failing `on_line`) clean up; a second interrupt kills it."""
    try:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            on_interrupt()
            for _ in until_its_end(process, signals):
                pass
    finally:
        _end_group(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what still runs: the command itself, or the children of one that a signal ended."""
    if process.poll() is None or process.returncode < 0:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@cache
def _death_signal() -> list[str]:
    """On Linux, end the command as well if the wrapper is killed."""
    prefix = ["setpriv", "--pdeathsig", "INT", "--"]
    try:
        # Checked once: an old or a small setpriv does not have the option.
        return prefix if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0 else []
    except OSError:
        return []


def _open_private(path: Path | None) -> IO[bytes]:
    if path is None:
        return tempfile.TemporaryFile()
    path.unlink(missing_ok=True)  # another process may still be writing to the old one
    return open(path, "x+b", opener=lambda name, flags: os.open(name, flags, 0o600))


def _content(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")

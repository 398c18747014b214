"""Print progress: one line that changes on a terminal, a line every ten seconds elsewhere."""

import shutil
import time
from collections.abc import Callable
from typing import TextIO

_CLEAR = "\r\x1b[2K"
_TERMINAL_SECONDS = 0.1
_LOG_SECONDS = 10.0


class Progress:
    """`say` prints a line that stays; `update` prints a state that the next line replaces."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._terminal = stream.isatty()
        self._pause = _TERMINAL_SECONDS if self._terminal else _LOG_SECONDS
        self._last = clock()

    def say(self, text: str) -> None:
        """Print a line."""
        self._write(f"{_CLEAR if self._terminal else ''}{text}\n")

    def update(self, text: str) -> None:
        """Print the state, unless something was printed a moment ago."""
        if self._clock() - self._last < self._pause:
            return
        width = shutil.get_terminal_size().columns - 1
        self._write(f"{_CLEAR}{text[:width]}" if self._terminal else f"{text}\n")

    def _write(self, text: str) -> None:
        self._last = self._clock()
        self._stream.write(text)
        self._stream.flush()

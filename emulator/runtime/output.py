"""The output of a task's process: the last lines, and a stream of all lines."""

import threading
from collections import deque
from collections.abc import Iterator

_KEPT_LINES = 10_000


class Output:
    """Lines written by one thread, read by others."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque(maxlen=_KEPT_LINES)
        self._count = 0
        self._closed = False
        self._changed = threading.Condition()

    def write(self, line: bytes) -> None:
        """Add a line, with its line end."""
        with self._changed:
            self._lines.append(line)
            self._count += 1
            self._changed.notify_all()

    def close(self) -> None:
        """End the streams: no more lines will be written."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def tail(self, lines: int) -> bytes:
        """Return the last lines, joined."""
        with self._changed:
            return b"".join(list(self._lines)[-lines:])

    def follow(self) -> Iterator[bytes]:
        """Yield whole lines as they are written, from the oldest stored one, until the output is closed."""
        lines, seen = self._after(0)
        while lines:
            yield b"".join(lines)
            lines, seen = self._after(seen)

    def _after(self, seen: int) -> tuple[list[bytes], int]:
        """Wait for more than `seen` lines; return the new ones (none at the end) and the count of all."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > seen or self._closed)
            news = min(self._count - seen, len(self._lines))
            return (list(self._lines)[-news:] if news else []), self._count

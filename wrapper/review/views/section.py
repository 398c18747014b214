"""A part of a page that may have to be cut to fit."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Section:
    """Lines between an opening and a closing; any of them may be left out if there is no room."""

    name: str
    opening: str
    lines: Sequence[str]
    closing: str = ""

    @property
    def frame(self) -> int:
        """Return the bytes around the lines, with the line end before the closing."""
        return len((self.opening + self.closing).encode()) + 1

    @property
    def size(self) -> int:
        return self.frame + sum(len(line.encode()) + 1 for line in self.lines)

    def fitting(self, room: int) -> list[str]:
        """Return as many lines as fit, in order; `room` is in bytes."""
        room -= self.frame
        lines = []
        for line in self.lines:
            room -= len(line.encode()) + 1
            if room < 0:
                break
            lines.append(line)
        return lines

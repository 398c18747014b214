"""How quiet the machine was: what others took of its cores during a run, and how far the rounds differ."""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

TOO_BUSY = 0.10  # Of all cores' time, taken by processes that are no part of the run.
TOO_WIDE = 0.15  # Between a server's best and worst round, as a share of its median.

_LOOK_SECONDS = 1.0
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The machine's clock: wall seconds, and the busy seconds of all cores together."""

    wall: float
    busy: float

    @classmethod
    def now(cls) -> "Moment":
        # user nice system idle iowait irq softirq steal; time stolen by the hypervisor is noise as well.
        fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
        busy = sum(fields) - fields[3] - fields[4]
        return cls(wall=time.monotonic(), busy=busy / _TICKS)


def others(start: Moment, end: Moment, own: float) -> float:
    """The share of all cores' time between two moments that was neither idle nor our `own` CPU seconds."""
    capacity = (end.wall - start.wall) * (os.cpu_count() or 1)
    return max(0.0, end.busy - start.busy - own) / capacity


def spread(values: Sequence[float]) -> float:
    return (max(values) - min(values)) / statistics.median(values)


def verdict(name: str, values: Sequence[float], busy: Sequence[float]) -> str | None:
    """Say why a server's rounds are not to be trusted, or None."""
    reasons = []
    if max(busy) > TOO_BUSY:
        reasons.append(f"others took up to {max(busy):.0%} of the machine")
    if spread(values) > TOO_WIDE:
        reasons.append(f"rounds differ by {spread(values):.0%}")
    return f"TOO NOISY: {name}: {', '.join(reasons)}" if reasons else None


def own_cpu_seconds() -> float:
    """This process's CPU time and that of its children which have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Noisy(Protocol):
    @property
    def others(self) -> float: ...


R = TypeVar("R", bound=Noisy)


class Patience:
    """Seconds to spend, over a whole benchmark, on waiting for quiet and on repeating noisy runs."""

    def __init__(self, seconds: float, progress: Callable[[str], None]) -> None:
        self._left = seconds
        self._progress = progress

    def run(self, action: Callable[[], R]) -> R:
        """Run when the machine is quiet, and again if it did not stay so; return the least noisy run."""
        best: R | None = None
        while True:
            started = time.monotonic()
            self._wait()
            found = action()
            best = found if best is None or found.others < best.others else best
            if best.others <= TOO_BUSY or self._left <= 0:
                return best
            self._left -= time.monotonic() - started
            self._progress(
                f"  others took {found.others:.0%}: once more (patience for {max(0, self._left):.0f} s)"
            )

    def _wait(self) -> None:
        while self._left > 0:
            before, own = Moment.now(), own_cpu_seconds()
            time.sleep(_LOOK_SECONDS)
            if others(before, Moment.now(), own_cpu_seconds() - own) <= TOO_BUSY / 2:
                return
            self._left -= _LOOK_SECONDS

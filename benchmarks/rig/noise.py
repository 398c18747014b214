"""How quiet the machine was: the share of others in our cores during a run, and the rounds' spread."""

import os
import statistics
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

TOO_BUSY = 0.10  # The share of its cores that a run may lose to others.
TOO_WIDE = 0.15  # Between a server's best and worst round, as a share of its median.

_LOOK_SECONDS = 0.5
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The machine's clock: wall seconds, and some cores' busy seconds; `polite` is the niced part."""

    wall: float
    busy: float
    polite: float

    @classmethod
    def now(cls, cores: Iterable[int]) -> "Moment":
        busy = polite = 0
        lines = Path("/proc/stat").read_text().splitlines()
        for core in cores:
            # user nice system idle iowait irq softirq steal; time stolen by the hypervisor is noise, too.
            words = next(line for line in lines if line.startswith(f"cpu{core} ")).split()
            fields = [int(field) for field in words[1:9]]
            busy += sum(fields) - fields[3] - fields[4]
            polite += fields[1]
        return cls(wall=time.monotonic(), busy=busy / _TICKS, polite=polite / _TICKS)


class Watch:
    """Separates our part of the work of some cores from that of others, from its creation on.

    `ours` counts the CPU seconds that we have used on these cores so far.
    """

    def __init__(self, cores: Collection[int], ours: Callable[[], float]) -> None:
        self._cores, self._ours = cores, ours
        self._start, self._before = Moment.now(cores), ours()

    def others(self, *, polite: bool = False) -> float:
        """The share of the cores' time that was neither idle nor ours; `polite` leaves out niced processes.

        Processes of low priority give way when a run begins, but still cost it cache and context switches.
        """
        end = Moment.now(self._cores)
        others = end.busy - self._start.busy - (self._ours() - self._before)
        if polite:
            others -= end.polite - self._start.polite
        return max(0.0, others) / ((end.wall - self._start.wall) * len(self._cores))


def spread(values: Sequence[float]) -> float:
    return (max(values) - min(values)) / statistics.median(values)


def verdict(name: str, values: Sequence[float], noise: Sequence[float]) -> str | None:
    """Return why a server's rounds are not to be trusted, or None."""
    reasons = []
    if max(noise) > TOO_BUSY:
        reasons.append(f"up to {max(noise):.0%} of the cores went elsewhere")
    if spread(values) > TOO_WIDE:
        reasons.append(f"rounds differ by {spread(values):.0%}")
    return f"TOO NOISY: {name}: {', '.join(reasons)}" if reasons else None


class Noisy(Protocol):
    @property
    def noise(self) -> float:
        """The share of its cores that a run should have had and did not get."""


R = TypeVar("R", bound=Noisy)


class Patience:
    """Seconds to spend, over a whole benchmark, on waiting for quiet and on repeating noisy runs."""

    def __init__(self, seconds: float, progress: Callable[[str], None]) -> None:
        self._left = seconds
        self._progress = progress

    def run(self, action: Callable[[], R]) -> R:
        """Run when the machine is quiet, and again if it became noisy; return the least noisy run."""
        best: R | None = None
        while True:
            self._wait()
            started = time.monotonic()
            found = action()
            best = found if best is None or found.noise < best.noise else best
            if best.noise <= TOO_BUSY or self._left <= 0:
                return best
            self._left -= time.monotonic() - started
            self._progress(
                f"  {found.noise:.0%} of the cores went elsewhere: once more, patience for {self._left:.0f} s"
            )

    def _wait(self) -> None:
        while self._left > 0:
            watch = Watch(os.sched_getaffinity(0), own_cpu_seconds)
            time.sleep(_LOOK_SECONDS)
            self._left -= _LOOK_SECONDS
            if watch.others(polite=True) <= TOO_BUSY / 2:
                return


def own_cpu_seconds() -> float:
    """This process's CPU time and that of its children which have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system

"""The inputs of every measurement of `benchmarks.serving`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.rig.models import Bench
from benchmarks.rig.noise import Patience


@dataclass(frozen=True, kw_only=True)
class Course:
    """The model, a folder for logs, the number and seconds of rounds, and how long to wait for quiet."""

    bench: Bench
    work: Path
    rounds: int
    seconds: int
    patience: Patience
    progress: Callable[[str], None]

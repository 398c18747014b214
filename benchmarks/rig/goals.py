"""The goals of the service, compared with the saved figures."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.rig.servers import NAIVE, NGINX, OURS

Results = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Goal:
    """`measured` raises KeyError if a figure was not measured; `at_least` and `at_most` are the goal."""

    what: str
    measured: Callable[[Results], float]
    at_least: float | None = None
    at_most: float | None = None
    unit: str = "×"

    def row(self, results: Results) -> Sequence[str]:
        """Render the goal as a table's cells: name, goal, measured value, whether it is met."""
        try:
            value = self.measured(results)
        except KeyError:
            return (self.what, self._goal, "not measured", "")
        return (
            self.what,
            self._goal,
            f"{value:.3g} {self.unit}".rstrip(),
            "met" if self._met(value) else "missed",
        )

    @property
    def _goal(self) -> str:
        bound = f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"
        return f"{bound} {self.unit}".rstrip()

    def _met(self, value: float) -> bool:
        low = self.at_least is None or value >= self.at_least
        return low and (self.at_most is None or value <= self.at_most)


def _median(results: Results, measurement: str, server: str, figure: str) -> float:
    runs = results[measurement]["figures"][server]
    return statistics.median(float(run[figure]) for run in runs)


def _rate(results: Results, server: str, size: str = "small") -> float:
    return _median(results, f"throughput-{size}", server, "rate")


def _against(server: str, size: str = "small") -> Callable[[Results], float]:
    return lambda results: _rate(results, OURS, size) / _rate(results, server, size)


def _large_to_small(results: Results) -> float:
    """Compare both by nginx, which was measured with each: the two sizes are two runs."""
    large, small = (_against(NGINX, size)(results) for size in ("large", "small"))
    return large / small


def _p99(results: Results, server: str) -> float:
    return _median(results, "latency-large", server, "p99")


def _start(size: str) -> Callable[[Results], float]:
    return lambda results: _median(results, "startup", size, "seconds")


def _memory(results: Results) -> float:
    figures = results["memory-large"]["figures"]
    return float(figures["service"] / figures["naive"])


def _hostile(results: Results) -> float:
    """The worst p99 of all loads and paths, divided by the limit."""
    figures = results["hostile"]["figures"]
    most = {path: max(10 * quiet, 0.05) for path, quiet in figures["quiet"]["p99"].items()}
    return max(float(trial["p99"][path] / most[path]) for trial in figures.values() for path in most)


def _failed(results: Results) -> float:
    return float(sum(each["failed"] for each in results["swaps"]["figures"].values()))


GOALS = (
    Goal(what="`/?uid=` per core, beside nginx with a static file", measured=_against(NGINX), at_least=0.75),
    Goal(what="beside naive FastAPI", measured=_against(NAIVE), at_least=8),
    Goal(what="beside Flask + gunicorn", measured=_against("Flask + gunicorn"), at_least=12),
    Goal(what="beside MLServer", measured=_against("MLServer"), at_least=10),
    Goal(what="beside BentoML", measured=_against("BentoML"), at_least=30),
    Goal(what="beside LitServe", measured=_against("LitServe"), at_least=40),
    Goal(what="large model beside the small one (by nginx)", measured=_large_to_small, at_least=0.85),
    Goal(
        what="p99 at 200 requests/s, large model",
        measured=lambda results: _p99(results, OURS),
        at_most=5,
        unit="ms",
    ),
    Goal(
        what="p99 beside naive FastAPI's, large model",
        measured=lambda results: _p99(results, OURS) / _p99(results, NAIVE),
        at_most=0.2,
    ),
    Goal(what="memory of two workers beside naive, large model", measured=_memory, at_most=0.4),
    Goal(what="exec to first answer, 50 MB from S3", measured=_start("50 MB"), at_most=0.5, unit="s"),
    Goal(what="exec to first answer, 500 MB from S3", measured=_start("500 MB"), at_most=1.2, unit="s"),
    Goal(
        what="p99 of others under hostile load, of 10 × the quiet one or 50 ms", measured=_hostile, at_most=1
    ),
    Goal(what="failed requests: 50 swaps and 20 SIGTERMs under load", measured=_failed, at_most=0, unit=""),
)

"""What a smoke test found, as data."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Check:
    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One good answer: what was asked, as `GET /path`, and the body that came back, or its size in bytes."""

    question: str
    body: str

    def __str__(self) -> str:
        return f"{self.question} → {' '.join(self.body.split())}"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Latencies are in milliseconds, None if nothing was answered."""

    url: str
    checks: Sequence[Check]
    p50_ms: float | None
    p95_ms: float | None
    sample: Sample | None

    @property
    def ok(self) -> bool:
        return all(check.ok for check in self.checks)

    @property
    def failures(self) -> Sequence[Check]:
        return [check for check in self.checks if not check.ok]

    @property
    def summary(self) -> str:
        """Say it in one line: `4 of 4 checks passed, p50 3 ms, p95 8 ms`."""
        passed = f"{len(self.checks) - len(self.failures)} of {len(self.checks)} checks passed"
        if self.p50_ms is None or self.p95_ms is None:
            return passed
        return f"{passed}, p50 {self.p50_ms:.0f} ms, p95 {self.p95_ms:.0f} ms"

    def as_json(self) -> dict[str, Any]:
        return {"ok": self.ok, **asdict(self)}


def percentile(values: Sequence[float], share: float) -> float | None:
    """Return the smallest value that `share` (0 to 1) of all values don't exceed; None of no values."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)] if ordered else None

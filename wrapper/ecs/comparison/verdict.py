"""Is the new slot worse than the old one? Pure: counts and percentiles in, a verdict out."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import jmespath

from wrapper.ecs.comparison.evidence import chance_of_more, requests_needed
from wrapper.ecs.comparison.traffic import Traffic


class Outcome(StrEnum):
    """UNSURE is neither: nothing bad was seen, but a bad version may not have shown itself yet."""

    GOOD = "good"
    WORSE = "worse"
    UNSURE = "unsure"


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What counts as worse, and how certain one verdict has to be.

    `doubt` is the chance of a wrong WORSE, for each of the two comparisons. A version that fails
    `found_excess` more of its requests than the old one is found with a chance of `power`: that determines
    how many requests are enough. Up to `borne_excess` more failures are accepted. Slower is a p95 above the
    old one times `slower_factor`, and `slower_seconds` more.
    """

    doubt: float = 1e-5
    power: float = 0.95
    found_excess: float = 0.01
    borne_excess: float = 0.002
    slower_factor: float = 1.25
    slower_seconds: float = 0.010


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`reasons` say why it is worse, or why it is uncertain; `needed_requests` are the new slot's."""

    outcome: Outcome
    reasons: tuple[str, ...]
    new: Traffic
    old: Traffic
    needed_requests: int

    def text(self) -> str:
        """Return the whole verdict on one line."""
        seen = f"new: {_said(self.new)}; old: {_said(self.old)}"
        return f"{self.outcome}: {' '.join((*self.reasons, seen))}."

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "outcome": str(self.outcome), "reasons": list(self.reasons)}


def compare(
    new: Traffic,
    old: Traffic,
    limits: Limits | None = None,
    *,
    alarms: Iterable[str] = (),
    checks: Mapping[str, str] | None = None,
) -> Verdict:
    """Judge the new slot by the traffic of both slots in the same minutes.

    `alarms` are those in alarm now. `checks` maps names to JMESPath expressions over `{new: {requests,
    failed, failed_share, p95}, old: {…}}` (seconds), each of which must be true; an invalid one raises
    jmespath.exceptions.JMESPathError.
    """
    limits = limits or Limits()
    needed = requests_needed(
        old_share=old.failed_share,
        old_per_new=old.requests / new.requests if new.requests and old.requests else 1.0,
        found_excess=limits.found_excess,
        doubt=limits.doubt,
        power=limits.power,
    )
    worse = [
        *(f"Alarm {name} is in ALARM." for name in alarms),
        *_failing(new, old, limits),
        *_slower(new, old, limits),
        *_unmet(new, old, checks or {}),
    ]
    unsure = [*_too_few(new, old, needed)]
    outcome = Outcome.WORSE if worse else Outcome.UNSURE if unsure else Outcome.GOOD
    return Verdict(outcome=outcome, reasons=tuple(worse or unsure), new=new, old=old, needed_requests=needed)


def _failing(new: Traffic, old: Traffic, limits: Limits) -> Iterable[str]:
    chance = chance_of_more(
        failed=new.failed, requests=new.requests, other_failed=old.failed, other_requests=old.requests
    )
    if chance <= limits.doubt and new.failed_share > old.failed_share + limits.borne_excess:
        yield f"{new.failed_share:.2%} of its requests fail, {old.failed_share:.2%} of the old slot's."


def _slower(new: Traffic, old: Traffic, limits: Limits) -> Iterable[str]:
    if not (new.latency and old.latency):
        return
    surely, at_most = new.latency.surely_above, old.latency.surely_below
    if surely is None or at_most is None:
        return
    if surely > at_most * limits.slower_factor + limits.slower_seconds:
        yield (
            f"Its p95 is {_ms(new.latency.p95)}, surely above {_ms(surely)}; "
            f"the old slot's is {_ms(old.latency.p95)}, surely below {_ms(at_most)}."
        )


def _unmet(new: Traffic, old: Traffic, checks: Mapping[str, str]) -> Iterable[str]:
    document = {name: _document(traffic) for name, traffic in (("new", new), ("old", old))}
    for name, expression in checks.items():
        found = jmespath.search(expression, document)
        if found is not True:
            yield f"Check {name} must be true, got {found!r} of {expression}."


def _document(traffic: Traffic) -> dict[str, Any]:
    return {
        "requests": traffic.requests,
        "failed": traffic.failed,
        "failed_share": traffic.failed_share,
        "p95": traffic.latency.p95 if traffic.latency else None,
    }


def _too_few(new: Traffic, old: Traffic, needed: int) -> Iterable[str]:
    if new.requests < needed:
        yield f"Too few requests to tell: {new.requests} of {needed}."
    if not old.requests:
        yield "The old slot got no request to compare with."
    elif new.latency and (not old.latency or old.latency.surely_below is None):
        yield f"The old slot's {old.requests} requests are too few to compare latencies."


def _said(traffic: Traffic) -> str:
    p95 = f", p95 {_ms(traffic.latency.p95)}" if traffic.latency else ""
    return f"{traffic.requests} requests, {traffic.failed} failed{p95}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"

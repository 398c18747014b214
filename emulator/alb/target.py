"""One target of a target group, and its state by its health checks.

States, reason codes and descriptions are those of
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class State(StrEnum):
    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    DRAINING = "draining"


@dataclass(frozen=True, kw_only=True)
class Check:
    """A target group's health check; `port` None means the target's own, `matcher` is like "200-299,301"."""

    path: str
    port: int | None
    interval_seconds: float
    timeout_seconds: float
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str

    def accepts(self, status: int) -> bool:
        """Return whether a reply with this status passes the health check."""
        spans = (part.partition("-") for part in self.matcher.split(","))
        return any(int(low) <= status <= int(high or low) for low, _, high in spans)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of one probe: the status code, or the reason why there is none."""

    status: int | None = None
    timed_out: bool = False


@dataclass(kw_only=True)
class Target:
    """A registered address and port; a draining one is removed at `drained_at`, on the monotonic clock."""

    address: str
    port: int
    state: State = State.INITIAL
    reason: str = "Elb.RegistrationInProgress"
    description: str = "Target registration is in progress"
    drained_at: float | None = None
    next_probe_at: float = 0.0
    _successes: int = field(default=0, repr=False)
    _failures: int = field(default=0, repr=False)
    _failure_counted_at: float = field(default=float("-inf"), repr=False)

    @property
    def is_healthy(self) -> bool:
        return self.state is State.HEALTHY

    def start_checking(self) -> None:
        if self.state is State.INITIAL:
            self.reason, self.description = "Elb.InitialHealthChecking", "Initial health checks in progress"

    def observe(self, outcome: Outcome, check: Check, now: float) -> None:
        """Update the state and the time of the next probe by one probe's outcome."""
        if self.state is State.DRAINING:
            return
        if outcome.status is not None and check.accepts(outcome.status):
            self._succeed(check)
        elif now - self._failure_counted_at >= check.interval_seconds:
            self._failure_counted_at = now
            self._fail(outcome, check)
        # On AWS several nodes probe a target, so a new one is checked more often than once per interval. Its
        # failures still count only once per interval.
        hurry = 0.5 if self.state is State.INITIAL else check.interval_seconds
        self.next_probe_at = now + min(hurry, check.interval_seconds)

    def drain(self, seconds: float, now: float) -> None:
        """Start to drain: no new requests, and removal after `seconds`."""
        self.state, self.drained_at = State.DRAINING, now + seconds
        self.reason = "Target.DeregistrationInProgress"
        self.description = "Target deregistration is in progress"

    def _succeed(self, check: Check) -> None:
        self._failures = 0
        self._successes += 1
        # A new target needs only one success, an unhealthy one as many as the threshold.
        if self.state is State.INITIAL or self._successes >= check.healthy_threshold:
            self.state, self.reason, self.description = State.HEALTHY, "", ""

    def _fail(self, outcome: Outcome, check: Check) -> None:
        self._successes = 0
        self._failures += 1
        if self._failures >= check.unhealthy_threshold:
            self.state = State.UNHEALTHY
            self.reason, self.description = _failure(outcome)


def check_of(group: Mapping[str, Any]) -> Check:
    """Return the health check of a target group in ministack's form."""
    port = str(group.get("HealthCheckPort") or "traffic-port")
    return Check(
        path=group.get("HealthCheckPath") or "/",
        port=int(port) if port.isdigit() else None,
        interval_seconds=float(group.get("HealthCheckIntervalSeconds", 30)),
        timeout_seconds=float(group.get("HealthCheckTimeoutSeconds", 5)),
        healthy_threshold=int(group.get("HealthyThresholdCount", 5)),
        unhealthy_threshold=int(group.get("UnhealthyThresholdCount", 2)),
        matcher=group.get("Matcher", {}).get("HttpCode") or "200",
    )


def _failure(outcome: Outcome) -> tuple[str, str]:
    if outcome.timed_out:
        return "Target.Timeout", "Request timed out"
    if outcome.status is not None:
        return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{outcome.status}]"
    return "Target.FailedHealthChecks", "Health checks failed"

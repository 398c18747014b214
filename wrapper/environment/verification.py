"""How an environment tells that a service is well: the load balancer's checks and the smoke test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import Field

from wrapper.environment.block import Block, Fault
from wrapper.environment.fields import Positive, StatusCodes, UrlPath


class Health(Block):
    path: UrlPath = Field(default="/health", description="Path that the load balancer asks.")
    status: StatusCodes = Field(
        default="200", description='Codes that count as healthy, such as "200" or "200-299".'
    )
    interval_seconds: Positive = Field(default=15, description="Time between two checks of one task.")
    timeout_seconds: Positive = Field(
        default=5, description="How long an answer may take; less than the interval."
    )
    healthy_threshold: Positive = Field(
        default=2, description="Good answers in a row that make a task healthy."
    )
    unhealthy_threshold: Positive = Field(
        default=3, description="Bad answers in a row that make a task unhealthy."
    )
    grace_seconds: Positive = Field(
        default=60, description="Time from a task's start in which bad answers do not count."
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.timeout_seconds >= self.interval_seconds:
            yield Fault(
                "timeout_seconds",
                f"be less than interval_seconds ({self.interval_seconds})",
                self.timeout_seconds,
            )


class SmokeRequest(Block):
    path: UrlPath = Field(description="Path and query to ask, such as /?uid=20.")
    status: Annotated[int, Field(ge=100, le=599)] = Field(description="Status code that must come back.")
    recommendations: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="Items that the answer must hold, well-formed; null does not look at the body.",
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.recommendations is not None and self.status != 200:
            rule = f"be null with status {self.status} (an error holds none)"
            yield Fault("recommendations", rule, self.recommendations)


class Smoke(Block):
    latency_ms: Positive = Field(default=500, description="95 of 100 answers must come within this time.")
    attempts: Positive = Field(default=20, description="How many times each request is sent.")
    requests: tuple[SmokeRequest, ...] = Field(description="What is asked after a roll-out.")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if not self.requests:
            yield Fault("requests", "hold at least 1 request (nothing would be verified)", 0)

"""How an environment tells that a service is well: the load balancer's checks and the smoke test."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from wrapper.environment.block import Block, Fault, Guess, found, is_remote, resolve
from wrapper.environment.fields import JmesPath, Percent, Positive, Text, UrlPath

_GOOD = 200


class Health(Block):
    path: Text = Field(
        default="/health", description="Path that the load balancer asks; answers only when the service can."
    )
    status: Text = Field(
        default="200", description='Codes that count as healthy, such as "200" or "200-299".'
    )
    interval_seconds: int = Field(default=15, description="Time between two checks of one task.")
    timeout_seconds: int = Field(
        default=5, description="How long an answer may take; less than the interval."
    )
    healthy_threshold: int = Field(default=2, description="Good answers in a row that make a task healthy.")
    unhealthy_threshold: int = Field(
        default=3, description="Bad answers in a row that make a task unhealthy."
    )
    grace_seconds: int = Field(
        default=60, description="Time from a task's start in which bad answers do not count."
    )

    @property
    def seconds_to_healthy(self) -> int:
        """Return how long it takes to be healthy by as many good answers as it takes after a bad one."""
        return self.interval_seconds * self.healthy_threshold


class SmokeRequest(Block):
    path: UrlPath = Field(description="Path and query to ask, such as /?uid=20.")
    status: Annotated[int, Field(ge=100, le=599)] = Field(description="Status code that must come back.")
    recommendations: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="Items that the answer must hold, well-formed; null does not look at the body.",
    )
    expect: Mapping[JmesPath, object] = Field(
        default={},
        description="What the JSON body must hold: JMESPath to value, such as `length(response): 10`.",
    )
    latency_ms: Positive | None = Field(
        default=None,
        description="Each answer must come within this time; null leaves it at the smoke test's.",
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.recommendations is not None and self.status != 200:
            rule = f"be null with status {self.status} (an error holds none)"
            yield Fault("recommendations", rule, self.recommendations)


class Canary(Block):
    """Ask for a share of the users that there really are, each once."""

    uids: Text = Field(
        description="Who there is, local or s3://…: a file of ratings, read as the model's are, or a list, "
        "whose first column counts unless its header names the user's."
    )
    share: Percent = Field(
        default=1, description="Percent of them to ask for; the same for the same release."
    )
    path: UrlPath = Field(default="/?uid={uid}", description="What to ask; {uid} stands for the user.")
    recommendations: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=10,
        description="Items that each answer must hold, well-formed; null does not look at the body.",
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if "{uid}" not in self.path:
            yield Fault("path", "hold {uid}", self.path)
        if root is not None and not (is_remote(self.uids) or found(resolve(self.uids, root=root).is_file)):
            yield Fault("uids", "be a file that exists, or s3://…", self.uids)


class Smoke(Block):
    latency_ms: Positive = Field(default=500, description="95 of 100 answers must come within this time.")
    attempts: Positive = Field(default=20, description="How many times in a row each request must be good.")
    requests: Annotated[
        tuple[SmokeRequest, ...], Guess("health.path, with the first code of health.status")
    ] = Field(
        default=(),
        description="What is asked after a roll-out; each must come back as it says.",
    )
    canary: Canary | None = Field(
        default=None,
        description="Real users to ask for as well, such as `{uids: ratings.csv, share: 1}` for 1 % of those "
        "in the file; null is none.",
    )

    def completed(self, health: Health) -> "Smoke":
        """Ask what the load balancer asks, if nothing else is said."""
        if self.requests:
            return self
        first = health.status[:3]
        # Not validated: what is wrong with it is wrong with `health`, and told there.
        asked = SmokeRequest.model_construct(
            path=health.path, status=int(first) if first.isdigit() else _GOOD
        )
        return self.model_copy(update={"requests": (asked,)})

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if not self.requests and "requests" in self.model_fields_set:
            yield Fault("requests", "hold at least 1 request (nothing would be verified)", 0)

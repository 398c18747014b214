"""How an environment checks a service: the load balancer's health check, the smoke test and the canary."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from wrapper.environment.block import Block, Fault, Guess, found, guessed, is_remote, resolve
from wrapper.environment.fields import HeaderName, HeaderValue, JmesPath, Percent, Positive, Text, UrlPath
from wrapper.environment.review import ListLimits, Overlap, UsersLost

_GOOD = 200
# Placeholders for a user of the deployed model, and for a user whom it does not have.
USER, NOBODY = "{uid}", "{nobody}"
_BODIES = ("body", "form", "files")


class Health(Block):
    path: Text = Field(
        default="/health",
        description="Path of the health check, which must answer only when the service can. With protocol "
        "grpc a method, by default /grpc.health.v1.Health/Check.",
    )
    status: Text = Field(
        default="200",
        description='Codes that count as healthy, such as "200" or "200-299". With protocol grpc '
        'those of gRPC, by default "0".',
    )
    interval_seconds: int = Field(default=15, description="Time between two checks of one task.")
    timeout_seconds: int = Field(
        default=5, description="How long an answer may take, less than the interval."
    )
    healthy_threshold: int = Field(default=2, description="Good answers in a row that make a task healthy.")
    unhealthy_threshold: int = Field(
        default=3, description="Bad answers in a row that make a task unhealthy."
    )
    grace_seconds: int = Field(
        default=60, description="Time from a task's start in which bad answers do not count."
    )

    def of_grpc(self) -> "Health":
        """Use gRPC's own health check where the file says nothing else."""
        defaults = {"path": "/grpc.health.v1.Health/Check", "status": "0"}
        return self.model_copy(
            update={key: value for key, value in defaults.items() if key not in self.model_fields_set}
        )

    @property
    def seconds_to_healthy(self) -> int:
        """Return the seconds until a task is healthy, with one bad answer first."""
        return self.interval_seconds * self.healthy_threshold


_Compare = Annotated[
    tuple[JmesPath, ...],
    Field(
        description="JMESPath of the JSON body, such as `label`: a new version's values are compared "
        "with the old one's, as those of `expect` are."
    ),
]


# Field order matters: the method follows from the fields above it.
class SmokeRequest(Block):
    path: UrlPath = Field(
        description="Path and query, such as /?uid=20; {uid} stands for a user of the recommender's "
        "model, {nobody} for an unknown user."
    )
    headers: Mapping[HeaderName, HeaderValue] = Field(
        default={}, description="Headers to send, visible to everybody who can see the file."
    )
    body: object | None = Field(
        default=None, description="Body: text is sent as it is, anything else as JSON; null is none."
    )
    form: Mapping[Text, str] = Field(default={}, description="Fields of a form.")
    files: Mapping[Text, Text] = Field(
        default={},
        description="Files to upload, as a form does: field to local path, such as `{image: cat.jpg}`.",
    )
    method: Annotated[Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], guessed] = Field(
        default=Guess("POST with a body, a form or files, else GET", lambda above: _method(above)),
        validate_default=True,
        description="HTTP method.",
    )
    status: Annotated[int, Field(ge=100, le=599)] = Field(default=_GOOD, description="Expected status code.")
    recommendations: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None,
        description="Well-formed items that the recommender's answer must have; null ignores the body.",
    )
    expect: Mapping[JmesPath, object] = Field(
        default={},
        description="What the JSON body must contain: JMESPath to value, such as `length(response): 10`.",
    )
    compare: _Compare = ()
    text: Text | None = Field(default=None, description="Text that the body must contain; null is any.")
    latency_ms: Positive | None = Field(
        default=None,
        description="Each answer must come within this time; null is the smoke test's limit.",
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.recommendations is not None and self.status != _GOOD:
            rule = f"be null with status {self.status} (an error has none)"
            yield Fault("recommendations", rule, self.recommendations)
        if self.body is not None and (self.form or self.files):
            yield Fault("body", "be null with a form or files (one body is sent)")
        if self.method == "HEAD":
            sent = [
                key
                for key in (*_BODIES, "expect", "compare", "text", "recommendations")
                if getattr(self, key)
            ]
            yield from (Fault(key, "be left out with method HEAD (it has no body)") for key in sent)
        if root is not None:
            yield from self._missing(root)

    def _missing(self, root: Path) -> Iterator[Fault]:
        for field, path in self.files.items():
            if not found(resolve(path, root=root).is_file):
                yield Fault(f"files.{field}", "be an existing file", path)


def _method(above: Mapping[str, object]) -> str:
    sends = above.get("body") is not None or above.get("form") or above.get("files")
    return "POST" if sends else "GET"


class LiveLimits(ListLimits):
    """How much a new version's answers may differ from the old one's, both asked."""

    values: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Largest share of the values of `expect` and `compare` that differ.",
    )


class LiveWarnings(LiveLimits):
    overlap: Overlap = 0.5
    users_lost: UsersLost = 0.05


class LiveAnswers(Block):
    """Ask a new version and the old one the same, before the new one gets requests."""

    users: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=100,
        description="For how many users of the model they are asked, where smoke.canary names none; the same "
        "ones for the same model.",
    )
    warn: LiveWarnings = Field(default=LiveWarnings(), description="Beyond these limits an apply warns.")
    block: LiveLimits = Field(
        default=LiveLimits(), description="Beyond these limits the new version gets no requests."
    )


class Canary(Block):
    """Test a share of the real users, each once."""

    uids: Text = Field(
        description="The users, local or s3://…: a file of ratings, read like the model's, or a list, whose "
        "first column is used unless its header names the user column."
    )
    share: Percent = Field(
        default=1, description="Percent of them to test; the same users for the same release."
    )
    path: UrlPath = Field(
        default="/?uid={uid}", description="Path of the request; {uid} stands for the user."
    )
    recommendations: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=10,
        description="Well-formed items that each answer must have; null ignores the body.",
    )
    compare: _Compare = ()

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if USER not in self.path:
            yield Fault("path", f"hold {USER}", self.path)
        if root is not None and not (is_remote(self.uids) or found(resolve(self.uids, root=root).is_file)):
            yield Fault("uids", "be an existing file, or s3://…", self.uids)


class Smoke(Block):
    latency_ms: Positive = Field(default=500, description="95 of 100 answers must come within this time.")
    attempts: Positive = Field(default=20, description="How many times in a row each request must be good.")
    requests: Annotated[
        tuple[SmokeRequest, ...], Guess("health.path, with the first code of health.status")
    ] = Field(
        default=(),
        description="Requests after a roll-out; each must be answered as it says.",
    )
    canary: Canary | None = Field(
        default=None,
        description="Real users to test as well, such as `{uids: ratings.csv, share: 1}` for 1 % of those "
        "in the file; null is none.",
    )
    answers_change: LiveAnswers | None = Field(
        default=LiveAnswers(),
        description="How far a new version's answers may be from the old one's. Both are asked before the "
        "new one gets requests, with rollout.strategy blue_green or canary; null does not compare them.",
    )

    @property
    def is_recommenders(self) -> bool:
        """Return whether it asks for recommendations; errors must then have the recommender's form."""
        return any(each.recommendations is not None for each in (*self.requests, self.canary) if each)

    def completed(self, health: Health) -> "Smoke":
        """Use the health check's request if the file has none."""
        if self.requests:
            return self
        first = health.status[:3]
        # Not validated: an error in it is an error of `health`, and reported there.
        asked = SmokeRequest.model_construct(
            path=health.path, method="GET", status=int(first) if first.isdigit() else _GOOD
        )
        return self.model_copy(update={"requests": (asked,)})

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if not self.requests and "requests" in self.model_fields_set:
            yield Fault("requests", "have at least 1 request (nothing would be verified)", 0)

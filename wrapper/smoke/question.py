"""One thing to ask, and what its answer must be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from wrapper.environment import Canary, Health, SmokeRequest
from wrapper.environment.release import ServiceRelease
from wrapper.smoke.answer import Answer
from wrapper.smoke.shape import (
    error_problem,
    expectation_problem,
    health_problem,
    recommendations_problem,
)

# The statuses whose bodies the recommender's contract fixes.
_ERRORS = frozenset({404, 422})


@dataclass(frozen=True, kw_only=True)
class Question:
    """`judge` says what's wrong with an answer, None if nothing; `is_timed` answers count for the latency.

    `latency_ms` is a budget that each answer has to keep by itself.
    """

    path: str
    status: int
    judge: Callable[[Answer], str | None]
    is_timed: bool
    is_sample: bool = False
    latency_ms: int | None = None

    @property
    def name(self) -> str:
        return f"GET {self.path}"


def request_question(request: SmokeRequest, release: ServiceRelease) -> Question:
    """Make a question of a request in the environment file."""

    def judge(answer: Answer) -> str | None:
        if answer.status != request.status:
            return f"must be status {request.status}, got {answer.outcome}"
        problem = None
        if request.recommendations is not None:
            problem = _recommendations(answer, request, release)
        elif release.model and request.status in _ERRORS:
            problem = _with_body(answer, error_problem)
        if problem is None and request.expect:
            return _with_body(answer, lambda body: expectation_problem(body, request.expect))
        return problem

    return Question(
        path=request.path,
        status=request.status,
        judge=judge,
        is_timed=True,
        is_sample=request.recommendations is not None,
        latency_ms=request.latency_ms,
    )


def canary_questions(canary: Canary, uids: Sequence[str], release: ServiceRelease) -> list[Question]:
    """Make a question of each chosen user."""
    return [
        request_question(
            SmokeRequest(
                path=canary.path.replace("{uid}", quote(uid, safe="")),
                status=200,
                recommendations=canary.recommendations,
            ),
            release,
        )
        for uid in uids
    ]


def health_question(health: Health, release: ServiceRelease) -> Question:
    """Ask the health path: a service with a model must show what was deployed, any other just be well."""

    def judge(answer: Answer) -> str | None:
        if answer.status is None or not accepts(health.status, answer.status):
            return f"must be status {health.status}, got {answer.outcome}"
        if release.model:
            return _with_body(answer, lambda body: health_problem(body, release=release))
        return None

    return Question(path=health.path, status=200, judge=judge, is_timed=False)


def accepts(codes: str, status: int) -> bool:
    """Say whether a load balancer's matcher, such as `200,202` or `200-299`, holds a status."""
    for part in codes.split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


def _recommendations(answer: Answer, request: SmokeRequest, release: ServiceRelease) -> str | None:
    uid = next(iter(parse_qs(urlsplit(request.path).query).get("uid", [])), None)
    labels = [model.label for model in release.models]
    count = request.recommendations or 0
    return _with_body(answer, lambda body: recommendations_problem(body, uid=uid, count=count, labels=labels))


def _with_body(answer: Answer, problem_of: Callable[[object], str | None]) -> str | None:
    try:
        body = answer.json()
    except ValueError:
        return f"the body must be JSON, got {answer.body[:60]!r}"
    return problem_of(body)

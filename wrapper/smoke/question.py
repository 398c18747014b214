"""One thing to ask, and what its answer must be."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from urllib.parse import parse_qs, quote, urlsplit

from wrapper.environment import Canary, Health, SmokeRequest
from wrapper.environment.release import ServiceRelease
from wrapper.environment.verification import USER
from wrapper.smoke.answer import Answer, Call
from wrapper.smoke.shape import (
    error_problem,
    expectation_problem,
    health_problem,
    recommendations_problem,
)

# The statuses whose bodies the recommender's contract fixes.
_ERRORS = frozenset({404, 422})


@dataclass(frozen=True, kw_only=True)
class Material:
    """What questions need beside the environment file.

    `uids` are the canary's; `people` says who stands for whom in a path, `files` holds them by path.
    """

    uids: Sequence[str] = ()
    people: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


_NOTHING = Material()


@dataclass(frozen=True, kw_only=True)
class Question:
    """`judge` says what's wrong with an answer, None if nothing; `is_timed` answers count for the latency.

    `latency_ms` is a budget that each answer has to keep by itself.
    """

    call: Call
    status: int
    judge: Callable[[Answer], str | None]
    is_timed: bool
    is_sample: bool = False
    latency_ms: int | None = None

    @property
    def name(self) -> str:
        return self.call.name


def request_question(
    request: SmokeRequest,
    release: ServiceRelease,
    *,
    is_recommender: bool = True,
    material: Material = _NOTHING,
) -> Question:
    """Make a question of a request in the environment file; a recommender's errors have a body of their own.

    Raises KeyError for a file that `material` lacks.
    """
    call = call_of(request, material)

    def judge(answer: Answer) -> str | None:
        if answer.status != request.status:
            return f"must be status {request.status}, got {answer.outcome}"
        problem = None
        if request.recommendations is not None:
            problem = _recommendations(answer, call.path, request.recommendations, release)
        elif is_recommender and release.model and request.status in _ERRORS:
            problem = _with_body(answer, error_problem)
        if problem is None and request.expect:
            problem = _with_body(answer, lambda body: expectation_problem(body, request.expect))
        if problem is None and request.text is not None and request.text.encode() not in answer.body:
            return f"the body must hold {request.text!r}, got {answer.body[:60]!r}"
        return problem

    return Question(
        call=call,
        status=request.status,
        judge=judge,
        is_timed=True,
        is_sample=request.status < 400,
        latency_ms=request.latency_ms,
    )


def canary_questions(canary: Canary, uids: Sequence[str], release: ServiceRelease) -> list[Question]:
    """Make a question of each chosen user."""
    return [
        request_question(
            SmokeRequest(
                path=canary.path.replace(USER, quote(uid, safe="")),
                status=200,
                recommendations=canary.recommendations,
            ),
            release,
        )
        for uid in uids
    ]


def health_question(health: Health, release: ServiceRelease) -> Question:
    """Ask the health path: image and model that the answer names must be those that were deployed."""

    def judge(answer: Answer) -> str | None:
        if answer.status is None or not accepts(health.status, answer.status):
            return f"must be status {health.status}, got {answer.outcome}"
        try:
            return health_problem(answer.json(), release=release)
        except ValueError:
            return None  # somebody else's words

    return Question(call=Call(path=health.path), status=200, judge=judge, is_timed=False)


def accepts(codes: str, status: int) -> bool:
    """Say whether a load balancer's matcher, such as `200,202` or `200-299`, holds a status."""
    for part in codes.split(","):
        low, _, high = part.partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


def path_of(request: SmokeRequest, material: Material) -> str:
    """Return the path with the people whom its placeholders stand for."""
    path = request.path
    for placeholder, person in material.people.items():
        path = path.replace(placeholder, quote(person, safe=""))
    return path


def call_of(request: SmokeRequest, material: Material) -> Call:
    """Return what is sent for a request. Raises KeyError for a file that `material` lacks."""
    call = Call(
        path=path_of(request, material),
        method=request.method,
        headers=request.headers,
        form=request.form,
        files={field: (PurePath(name).name, material.files[name]) for field, name in request.files.items()},
    )
    return call if request.body is None else _with_content(call, request.body)


def _with_content(call: Call, body: object) -> Call:
    """Send text as it is and anything else as JSON, each called what it is unless the headers say other."""
    is_text = isinstance(body, str)
    kind = "text/plain; charset=utf-8" if is_text else "application/json"
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    says_what = any(name.lower() == "content-type" for name in call.headers)
    headers: Mapping[str, str] = call.headers if says_what else {**call.headers, "Content-Type": kind}
    return replace(call, headers=headers, content=text.encode())


def _recommendations(answer: Answer, path: str, count: int, release: ServiceRelease) -> str | None:
    uid = next(iter(parse_qs(urlsplit(path).query).get("uid", [])), None)
    labels = [model.label for model in release.models]
    return _with_body(answer, lambda body: recommendations_problem(body, uid=uid, count=count, labels=labels))


def _with_body(answer: Answer, problem_of: Callable[[object], str | None]) -> str | None:
    try:
        body = answer.json()
    except ValueError:
        return f"the body must be JSON, got {answer.body[:60]!r}"
    return problem_of(body)

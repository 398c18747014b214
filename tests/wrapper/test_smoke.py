"""Smoke tests against a small server that misbehaves in one way at a time."""

import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.serving import server_of
from wrapper import smoke
from wrapper.environment import Canary, Health, Image, Route, Scaling, Service, Size, Smoke, SmokeRequest
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.environment.routing import host_of
from wrapper.smoke.question import accepts
from wrapper.smoke.route import leads_to
from wrapper.smoke.verdict import Check, Verdict, percentile

DIGEST = f"sha256:{'a' * 64}"
MODEL = ModelVersion(name="films", version="1", sha256="b" * 64)
RELEASE = ServiceRelease(image=f"repo@{DIGEST}", repository_arn=None, model=MODEL, desired_count=2)
PLAIN = ServiceRelease(image=f"repo@{DIGEST}", repository_arn=None, model=None, desired_count=2)
HEALTH: Mapping[str, Any] = {"success": True, "image": DIGEST, "model": "films/1", "model_sha256": "b" * 64}
UNKNOWN = {"success": False, "error": "unknown_user", "message": "There is no user 9."}
ROWS: Sequence[Any] = [["1", "Heat (1995)", 4.5], ["2", "Fargo (1996)", 4.5], ["3", "Big Night (1996)", 4.0]]


@dataclass(frozen=True)
class Reply:
    """A status and a body; bytes are sent unchanged, and `seconds` is the delay."""

    status: int
    body: Any
    seconds: float = 0


@dataclass
class Film:
    """The recommender, with replies that a test may replace, and its recorded requests."""

    replies: dict[str, Reply | Callable[[int], Reply]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def reply(self, path: str) -> Reply:
        self.asked.append(path)
        found = self.replies.get(path) or good(path)
        return found(self.asked.count(path)) if callable(found) else found


def good(path: str) -> Reply:
    """Answer as the contract says: users 1 to 8 are known."""
    if path == "/health":
        return Reply(200, HEALTH)
    uid = parse_qs(urlsplit(path).query).get("uid", [""])[0]
    if int(uid) > 8:
        return Reply(404, UNKNOWN)
    return Reply(200, answer(uid=uid))


def answer(**changes: Any) -> dict[str, Any]:
    return {"success": True, "uid": "1", "model": "films/1", "response": ROWS, **changes}


@contextmanager
def serving(film: Film) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet, otherwise each reply takes 40 ms of TCP's time

        def do_GET(self) -> None:
            film.hosts.add(self.headers["Host"])
            reply = film.reply(self.path)
            time.sleep(reply.seconds)
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    with server_of(Handler) as port:
        yield f"http://127.0.0.1:{port}"


def service(
    *,
    attempts: int = 2,
    latency_ms: int = 1000,
    requests: Sequence[SmokeRequest] = (),
    route: Route | None = None,
    health: Health | None = None,
    canary: Canary | None = None,
) -> Service:
    default = (
        SmokeRequest(path="/?uid=1", status=200, recommendations=3),
        SmokeRequest(path="/?uid=9", status=404),
    )
    return Service(
        image=Image(context="."),
        size=Size(cpu=256, memory=512),
        scaling=Scaling(min=2, max=2),
        health=health or Health(),
        route=route or Route(),
        smoke=Smoke(
            attempts=attempts, latency_ms=latency_ms, requests=tuple(requests) or default, canary=canary
        ),
    )


def verdict_of(
    replies: Mapping[str, Reply | Callable[[int], Reply]] | None = None,
    *,
    declared: Service | None = None,
    release: ServiceRelease = RELEASE,
    grace: float = 0,
) -> Verdict:
    with serving(Film(replies=dict(replies or {}))) as url:
        return smoke.probe(
            url, service=declared or service(), release=release, progress=quiet, grace_seconds=grace
        )


def quiet(_: str) -> None:
    """A console without progress."""


def failure(verdict: Verdict) -> Check:
    assert len(verdict.failures) == 1, verdict.failures
    return verdict.failures[0]


def test_good_service_passes() -> None:
    """A service that answers as declared passes every check, and one answer is shown."""
    verdict = verdict_of()
    assert verdict.ok
    assert [check.name for check in verdict.checks] == [
        "GET /health",
        "GET /?uid=1",
        "GET /?uid=9",
        "latency",
    ]
    assert verdict.sample is not None
    assert verdict.sample.question.startswith("GET /?uid=")
    assert json.loads(verdict.sample.body)["response"] == ROWS
    assert verdict.summary.startswith("4 of 4 checks passed, p50 ")


def test_verdict_is_json() -> None:
    """It can be written for a script as it is."""
    data = json.loads(json.dumps(verdict_of().as_json()))
    assert data["ok"] is True
    assert data["checks"][0] == {"name": "GET /health", "ok": True, "detail": "2 of 2 good"}


def test_every_request_is_sent_in_every_round() -> None:
    """Each round sends health and every request once, because the next task may answer differently."""
    film = Film()
    lines: list[str] = []
    with serving(film) as url:
        smoke.probe(url, service=service(attempts=3), release=RELEASE, progress=lines.append)
    assert film.asked == ["/health", "/?uid=1", "/?uid=9"] * 3
    assert lines[-1] == "round 3 of 3"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image": f"sha256:{'c' * 64}"}, "image must be"),
        ({"image": None}, "image must be"),
        ({"model": "films/2"}, "model must be 'films/1', got 'films/2'"),
        ({"model_sha256": "c" * 64}, "model_sha256 must be"),
        ({"success": False}, "success must be True, got False"),
    ],
)
def test_health_of_another_release_fails(change: Mapping[str, Any], said: str) -> None:
    """The running version must be the deployed one: image, model and the model's bytes."""
    found = failure(verdict_of({"/health": Reply(200, {**HEALTH, **change})}))
    assert found.name == "GET /health"
    assert said in found.detail


def test_health_of_one_old_task_fails() -> None:
    """One task with an old version among many is found."""

    def second_is_old(number: int) -> Reply:
        return Reply(200, {**HEALTH, "model": "films/0"} if number == 2 else HEALTH)

    found = failure(verdict_of({"/health": second_is_old}, declared=service(attempts=4)))
    assert found.detail.startswith("3 of 4 good; 1 not, first: model must be")


def test_health_of_a_service_without_model_needs_only_its_status() -> None:
    """Another image has a health answer of its own."""
    declared = service(
        requests=[SmokeRequest(path="/?uid=1", status=200)], health=Health(path="/health", status="200-299")
    )
    assert verdict_of({"/health": Reply(204, b"")}, declared=declared, release=PLAIN).ok


def test_health_with_another_status_fails() -> None:
    """A status outside health.status fails."""
    found = failure(verdict_of({"/health": Reply(500, UNKNOWN)}))
    assert "must be status 200, got status 500" in found.detail


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (answer(uid="2"), "uid must be '1', got '2'"),
        (answer(uid=1), "uid must be '1', got 1"),
        (answer(model="films/2"), "model must be 'films/1'"),
        (answer(success=False), "success must be true"),
        (answer(response=[]), "must have 3 rows, got 0"),
        (answer(response=None), "response must be a list, got None"),
        (answer(response=ROWS[:2]), "must have 3 rows, got 2"),
        (answer(response=[*ROWS[:2], ROWS[0]]), "each item once, got '1' twice"),
        (answer(response=[*reversed(ROWS)]), "best score"),
        (answer(response=[["1", "Heat"], *ROWS[1:]]), "response[0] must be [id, title, score]"),
        (answer(response=[[1, "Heat", 4.5], *ROWS[1:]]), "response[0] must be [id, title, score]"),
        (answer(response=[["1", "Heat", "4.5"], *ROWS[1:]]), "response[0] must be [id, title, score]"),
        (answer(response=[["1", "Heat", True], *ROWS[1:]]), "response[0] must be [id, title, score]"),
        (answer(response=[["1", " ", 4.5], *ROWS[1:]]), "response[0] must have a title"),
        (answer(response=[["1", "Heat", float("nan")], *ROWS[1:]]), "finite score, got nan"),
        (answer(response=[["1", "Heat", float("inf")], *ROWS[1:]]), "finite score, got inf"),
        ([1], "the body must be an object"),
        (b"<html>", "the body must be JSON, got b'<html>'"),
        (b"\xff\xfe", "the body must be JSON"),
    ],
)
def test_bad_recommendations_fail(body: Any, said: str) -> None:
    """Each fault of a list is found, although the status is 200."""
    found = failure(verdict_of({"/?uid=1": Reply(200, body)}))
    assert found.name == "GET /?uid=1"
    assert said in found.detail


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"success": True, "error": "x", "message": "y"}, "success must be false"),
        ({"success": False, "message": "y"}, "error must be text, got None"),
        ({"success": False, "error": "x", "message": ""}, "message must be text, got ''"),
        (b"Not Found", "the body must be JSON"),
    ],
)
def test_bad_error_body_fails(body: Any, said: str) -> None:
    """An error of the recommender has a code and a message."""
    found = failure(verdict_of({"/?uid=9": Reply(404, body)}))
    assert said in found.detail


def test_error_body_of_a_service_without_model_is_free() -> None:
    """Another image may answer 404 in its own form."""
    declared = service(requests=[SmokeRequest(path="/?uid=9", status=404)])
    assert verdict_of({"/?uid=9": Reply(404, b"Not Found")}, declared=declared, release=PLAIN).ok


def test_unexpected_status_of_the_application_fails_at_once() -> None:
    """A 500 is the application's answer and is not retried."""
    film = Film(replies={"/?uid=1": Reply(500, UNKNOWN)})
    with serving(film) as url:
        verdict = smoke.probe(url, service=service(attempts=1), release=RELEASE, progress=quiet)
    assert "must be status 200, got status 500" in failure(verdict).detail
    assert film.asked.count("/?uid=1") == 1


def test_503_of_the_application_is_its_own() -> None:
    """A service that isn't ready differs from a load balancer without tasks."""
    not_ready = {"success": False, "error": "model_not_ready", "message": "No model yet."}
    found = failure(verdict_of({"/?uid=1": Reply(503, not_ready)}, grace=5))
    assert "got status 503" in found.detail
    assert "infrastructure" not in found.detail


@pytest.mark.parametrize("status", [502, 503, 504])
def test_infrastructure_status_is_named(status: int) -> None:
    """A load balancer's own page is a fault of the infrastructure."""
    found = failure(verdict_of({"/?uid=1": Reply(status, b"<html>Bad Gateway</html>")}))
    assert f"got infrastructure: status {status}" in found.detail


def test_infrastructure_status_that_is_expected_passes() -> None:
    """A request that declares 503 passes with 503."""
    declared = service(requests=[SmokeRequest(path="/?uid=1", status=503)])
    assert verdict_of({"/?uid=1": Reply(503, b"closed")}, declared=declared, release=RELEASE).ok


def test_infrastructure_answer_is_forgiven_within_the_grace() -> None:
    """A 502 just after the roll-out is retried, and reported."""

    def first_is_502(number: int) -> Reply:
        return Reply(502, b"Bad Gateway") if number == 1 else good("/?uid=1")

    verdict = verdict_of({"/?uid=1": first_is_502}, grace=2)
    assert verdict.ok
    assert verdict.checks[1].detail == "2 of 2 good; 1 asked again, infrastructure: status 502"


def test_grace_ends() -> None:
    """A load balancer that still answers 502 after the grace time fails."""
    assert not verdict_of({"/?uid=1": Reply(502, b"")}, grace=0.5).ok


def test_refused_connection_is_infrastructure() -> None:
    """If nobody listens, the reason says so, and the rounds end early."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        verdict = smoke.probe(
            url, service=service(attempts=50), release=RELEASE, progress=quiet, grace_seconds=0
        )
    assert not verdict.ok
    assert "0 of 3 good; 3 not, first: must be status 200, got infrastructure: no connection" in (
        verdict.checks[0].detail
    )
    assert verdict.checks[-1] == Check(name="latency", ok=False, detail="no answer to measure")
    assert verdict.summary == "0 of 4 checks passed"


def test_slow_service_fails_the_budget() -> None:
    """Correct answers that are too late fail by their 95th percentile alone."""
    slow = Reply(200, answer(), seconds=0.08)
    found = failure(verdict_of({"/?uid=1": slow}, declared=service(latency_ms=50)))
    assert found.name == "latency"
    assert found.detail.endswith("budget 50 ms")


def test_slow_health_does_not_count() -> None:
    """The budget is for requests; the load balancer checks health."""
    assert verdict_of({"/health": Reply(200, HEALTH, seconds=0.3)}, declared=service(latency_ms=250)).ok


def test_host_of_the_route_is_sent() -> None:
    """A service behind a host rule gets requests with that host."""
    film = Film()
    with serving(film) as url:
        declared = service(route=Route(hosts=("*.example.com", "films.example.com")))
        assert smoke.probe(url, service=declared, release=RELEASE, progress=quiet).ok
    assert film.hosts == {"films.example.com"}


def test_health_behind_another_service_is_not_asked() -> None:
    """A path that leads to another service says nothing about this one; there is a message."""
    declared = service(
        route=Route(paths=("/?uid=*", "/films/*")),
        requests=[SmokeRequest(path="/films/?uid=1", status=200, recommendations=3)],
    )
    verdict = verdict_of({"/films/?uid=1": Reply(200, answer())}, declared=declared)
    assert verdict.ok
    assert verdict.checks[-1].detail == "not asked: route.paths does not lead to /health"


def test_host_of_a_wildcard() -> None:
    """The wildcard is replaced by a label."""
    assert host_of(Route(hosts=("*.example.com",))) == "smoke.example.com"
    assert host_of(Route()) is None


def test_leads_to_minds_the_case() -> None:
    """Patterns have stars and question marks, and the load balancer compares upper and lower case."""
    route = Route(paths=("/films/*", "/v?"))
    assert leads_to(route, "/films/1")
    assert leads_to(route, "/v2")
    assert not leads_to(route, "/Films/1")


@pytest.mark.parametrize(
    ("codes", "status", "expected"),
    [
        ("200", 200, True),
        ("200", 204, False),
        ("200,204", 204, True),
        ("200-299", 299, True),
        ("200-299", 300, False),
    ],
)
def test_accepts_what_the_load_balancer_accepts(codes: str, status: int, expected: bool) -> None:
    """It may be single codes, lists and ranges."""
    assert accepts(codes, status) is expected


def test_percentile_is_a_value_that_occurred() -> None:
    """By the nearest rank, one slow answer of twenty is not the 95th percentile."""
    values = [1.0] * 19 + [100.0]
    assert percentile(values, 0.95) == 1.0
    assert percentile(values, 1) == 100.0
    assert percentile([], 0.5) is None


@pytest.mark.parametrize(
    ("expect", "said"),
    [
        ({"uid": "2"}, "uid must be '2', got '1'"),
        ({"length(response)": 4}, "length(response) must be 4, got 3"),
        ({"response[0][1]": "Fargo (1996)"}, "response[0][1] must be 'Fargo (1996)', got 'Heat (1995)'"),
        ({"success": 1}, "success must be 1, got True"),
        ({"missing": "x"}, "missing must be 'x', got None"),
        ({"length(success)": 1}, "length(success) must be 1, got none"),
    ],
)
def test_body_that_is_not_as_expected_fails(expect: dict[str, object], said: str) -> None:
    """Each expression must have its value, and the first that hasn't is printed."""
    declared = service(requests=[SmokeRequest(path="/?uid=1", status=200, expect=expect)])
    assert said in failure(verdict_of(declared=declared)).detail


def test_body_that_is_as_expected_passes() -> None:
    """Values, lengths and filters of JMESPath work."""
    expect = {"success": True, "length(response)": 3, "response[?[2] < `4.2`] | length(@)": 1}
    request = SmokeRequest(path="/?uid=1", status=200, recommendations=3, expect=expect)
    assert verdict_of(declared=service(requests=[request])).ok


def test_request_has_a_budget_of_its_own() -> None:
    """One request may have a shorter limit than the others."""
    request = SmokeRequest(path="/?uid=1", status=200, latency_ms=50)
    found = failure(
        verdict_of({"/?uid=1": Reply(200, answer(), seconds=0.1)}, declared=service(requests=[request]))
    )
    assert (found.name, "must come within 50 ms, took 1" in found.detail) == ("GET /?uid=1", True)


def test_bad_answers_end_the_rounds() -> None:
    """Three bad answers to one request are enough: more would prove nothing new."""
    film = Film(replies={"/?uid=1": Reply(500, UNKNOWN)})
    with serving(film) as url:
        assert not smoke.probe(url, service=service(attempts=50), release=RELEASE, progress=quiet).ok
    assert film.asked.count("/?uid=1") == 3


def test_slow_answers_end_the_rounds() -> None:
    """If the budget can't be met any more, the other rounds are skipped."""
    film = Film(replies={"/?uid=1": Reply(200, answer(), seconds=0.06)})
    with serving(film) as url:
        declared = service(attempts=20, latency_ms=50)
        assert not smoke.probe(url, service=declared, release=RELEASE, progress=quiet).ok
    assert film.asked.count("/?uid=1") == 3


def canary_verdict(replies: Mapping[str, Reply], uids: Sequence[str]) -> Verdict:
    declared = service(canary=Canary(uids="users.txt", recommendations=3))
    with serving(Film(replies=dict(replies))) as url:
        return smoke.probe(
            url, service=declared, release=RELEASE, material=smoke.Material(uids=uids), progress=quiet
        )


def test_canary_asks_for_each_user_once() -> None:
    """They are real users, each with a list of their own."""
    verdict = canary_verdict({}, ["2", "3", "5"])
    assert verdict.ok
    assert Check(name="canary /?uid={uid}", ok=True, detail="3 of 3 users good") in verdict.checks


def test_canary_finds_the_one_user_with_anothers_list() -> None:
    """The file does not name this user, and still the wrong list is found."""
    found = failure(canary_verdict({"/?uid=3": Reply(200, answer(uid="2"))}, ["2", "3", "5"]))
    assert found.detail == "2 of 3 users good; 1 not, first: GET /?uid=3: uid must be '3', got '2'"


def test_follower_may_serve_what_the_pointer_names_by_now() -> None:
    """A job may publish between the plan and the request; a third model is still wrong."""
    newer = ModelVersion(name="films", version="2", sha256="c" * 64)
    follower = replace(RELEASE, newer=newer)
    served = {**HEALTH, "model": "films/2", "model_sha256": "c" * 64}
    answer = {"success": True, "uid": "1", "model": "films/2", "response": ROWS}
    replies = {"/health": Reply(200, served), "/?uid=1": Reply(200, answer)}
    assert verdict_of(replies, release=follower).ok
    assert verdict_of(release=follower).ok
    wrong = {**replies, "/health": Reply(200, {**served, "model": "films/3"})}
    assert "model must be" in failure(verdict_of(wrong, release=follower)).detail
    damaged = {**replies, "/health": Reply(200, {**served, "model_sha256": "d" * 64})}
    assert "model_sha256 must be" in failure(verdict_of(damaged, release=follower)).detail

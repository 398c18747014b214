"""Which service answers a smoke request: an answer of another service would prove nothing."""

from typing import Any

import pytest

from tests.wrapper.stack import environment
from wrapper.environment import Route, Service, Smoke, SmokeRequest
from wrapper.environment.routing import answering, smoke_faults


def services(**routes: dict[str, Any]) -> dict[str, Service]:
    web = environment("dev").services["web"]
    return {
        name: web.model_copy(update={"route": Route.model_validate(route, strict=False)})
        for name, route in routes.items()
    }


ALL: dict[str, dict[str, Any]] = {
    "web": {},
    "films": {"paths": ["/films/*"]},
    "best": {"paths": ["/films/best", "/films/best/*"]},
    "host": {"hosts": ["Films.example.com"]},
    "wild": {"hosts": ["*.example.com"], "paths": ["/films/*"]},
}


@pytest.mark.parametrize(
    ("host", "path", "answers"),
    [
        ("", "/", "web"),
        ("", "/films", "web"),
        ("", "/films/1", "films"),
        ("", "/films/best", "best"),
        ("", "/films/best/1", "best"),
        ("films.example.com", "/films/best", "host"),
        ("other.example.com", "/films/best", "wild"),
        ("other.example.com", "/", "web"),
    ],
)
def test_the_narrowest_claim_answers(host: str, path: str, answers: str) -> None:
    """A host comes before a wildcard before any host; then an exact path before a prefix."""
    assert answering(services(**ALL), host=host, path=path) == [answers]


def test_nobody_answers_what_nobody_claims() -> None:
    """The load balancer itself answers 404, which a request may expect."""
    assert answering(services(films=ALL["films"]), host="", path="/") == []


def asking(path: str, route: dict[str, Any]) -> dict[str, Service]:
    found = services(web={}, best=ALL["best"], films=route)
    smoke = Smoke(requests=(SmokeRequest(path="/films/best?uid=1", status=200),))
    found["best"] = found["best"].model_copy(update={"smoke": smoke})
    smoke = Smoke(requests=(SmokeRequest(path=path, status=200), SmokeRequest(path="/films/2", status=200)))
    return found | {"films": found["films"].model_copy(update={"smoke": smoke})}


@pytest.mark.parametrize("path", ["/films/1", "/films/1?uid=20"])
def test_a_request_that_its_own_route_takes_is_fine(path: str) -> None:
    """The query does not matter."""
    assert list(smoke_faults(asking(path, ALL["films"]))) == []


@pytest.mark.parametrize(("path", "other"), [("/", "web"), ("/films/best", "best")])
def test_a_request_that_another_service_answers_is_refused(path: str, other: str) -> None:
    """Its route may not lead there, or another service may claim it more narrowly."""
    [fault] = smoke_faults(asking(path, ALL["films"]))
    assert (fault.path, fault.got) == ("films.smoke.requests.0.path", path)
    assert fault.rule == f"be a path that services.films.route leads to (services.{other} answers it)"


def test_what_is_asked_by_default_is_refused_by_its_key() -> None:
    """If the file has no request, health.path is used, so the message names that key."""
    found = services(web={}, films=ALL["films"])
    default = Smoke(requests=(SmokeRequest(path="/health", status=200),))
    found["films"] = found["films"].model_copy(update={"smoke": default})
    [fault] = smoke_faults(found)
    assert fault.path == "films.smoke.requests"


def test_a_request_of_a_host_is_asked_at_that_host() -> None:
    """Its service does not need the default route."""
    found = services(web={}, host=ALL["host"])
    assert list(smoke_faults(found)) == []

"""`protocol`: what a service speaks, and the health check and smoke test that follow from it."""

import pytest

from tests.wrapper.environment.clone import ABSENT, Clone
from wrapper import smoke
from wrapper.delivery import tfvars
from wrapper.delivery.contents import stand_in
from wrapper.environment.release import ServiceRelease

SERVICE = "services.recommender"
ON_AWS = {
    "target": "aws",
    "region": "eu-west-1",
    "account_id": "123456789012",
    f"{SERVICE}.smoke": ABSENT,
}


@pytest.mark.parametrize(
    ("protocol", "path", "status"),
    [("grpc", "/grpc.health.v1.Health/Check", "0"), ("http2", "/health", "200"), ("http", "/health", "200")],
)
def test_health_is_asked_as_the_protocol_does(clone: Clone, protocol: str, path: str, status: str) -> None:
    """The default is gRPC's own health protocol; the file may name another method."""
    clone.write({**ON_AWS, f"{SERVICE}.protocol": protocol})
    health = clone.load().services["recommender"].health
    assert (health.path, health.status, health.interval_seconds) == (path, status, 5)
    clone.write({**ON_AWS, f"{SERVICE}.protocol": protocol, f"{SERVICE}.health.path": "/own"})
    assert clone.load().services["recommender"].health.path == "/own"


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_protocol_is_rendered(clone: Clone, protocol: str) -> None:
    """The stack app gets the protocol of the file."""
    clone.write({**ON_AWS, f"{SERVICE}.protocol": protocol})
    environment = clone.load()
    assert f'protocol       = "{protocol}"' in tfvars.render_app(environment, stand_in(environment))


def test_smoke_test_of_what_it_does_not_speak_says_so(clone: Clone) -> None:
    """The load balancer would refuse HTTP/1.1, so nothing is sent; the targets' health was checked before."""
    clone.write({**ON_AWS, f"{SERVICE}.protocol": "grpc"})
    service = clone.load().services["recommender"]
    assert service.smoke.requests == ()
    release = ServiceRelease(image="x", repository_arn=None, model=None, desired_count=1)
    verdict = smoke.probe("http://127.0.0.1:1", service=service, release=release, progress=print)
    assert verdict.ok
    assert "not asked: the smoke test speaks no grpc" in verdict.checks[0].detail
    assert smoke.health("http://127.0.0.1:1", service=service, release=release) is None


def test_smoke_requests_that_could_not_be_asked_are_refused(clone: Clone) -> None:
    """The smoke test has only HTTP/1.1, so a service with another protocol must have no requests."""
    asked = {"requests": [{"path": "/x"}]}
    clone.write({**ON_AWS, f"{SERVICE}.protocol": "http2", f"{SERVICE}.smoke": asked})
    [problem] = clone.problems()
    assert problem == (
        f"{SERVICE}.smoke.requests must be left out with protocol http2 or grpc "
        "(the smoke test speaks HTTP/1.1)."
    )


def test_sandbox_refuses_what_it_cannot_show(clone: Clone) -> None:
    """Its load balancer has only HTTP/1.1, so another protocol is refused."""
    clone.write({f"{SERVICE}.protocol": "grpc", f"{SERVICE}.smoke": ABSENT})
    [problem] = clone.problems()
    assert problem == (
        f"{SERVICE}.protocol must be http in the sandbox "
        "(its load balancer has neither HTTP/2 nor TLS), got grpc."
    )

"""Under 20 requests a second routes and listeners change: no request is lost, or the change is refused."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from benchmarks.rig.steady import Load
from tests.e2e.conftest import Clone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1000), pytest.mark.usefixtures("attached")]

FILMS, BESIDE = "films.example.com", "beside.example.com"
HIDDEN, ZONE = "Z0000000000HIDDEN", "Z0000000000PUBLIC"
# This stands for a host name without a rule: it gets the default route.
ANY = "127.0.0.1"
RATE = 20
# The timeouts are long: on a busy machine a slow task is no failing one.
HEALTH = "{interval_seconds: 5, timeout_seconds: 4, unhealthy_threshold: 10, grace_seconds: 120}"
SERVICE = (
    "image: {context: ., target: serve}, model: {name: movielens}, scaling: {min: 1, max: 1}, "
    f"health: {HEALTH}, "
    "rollout: {drain_seconds: 2}, "
    "smoke: {attempts: 3, latency_ms: 5000, requests: [{path: '/?uid=20', status: 200}]}"
)


def services(**routes: str) -> list[str]:
    """Return the overrides for services with these routes; the recommender is always among them."""
    recommender = routes.pop("recommender", "{}")
    others = [f"services.{name}={{{SERVICE}, route: {route}}}" for name, route in routes.items()]
    return [f"services.recommender.route={recommender}", *others]


def dns(zone: str, minutes: float = 5) -> str:
    return f"dns={{zone_id: {zone}, zone_name: example.com, certificate_minutes: {minutes}}}"


@pytest.fixture(scope="module")
def applied(clone: Clone) -> Clone:
    """Apply over plain HTTP: one service has the default route, another one a host."""
    clone.overrides += [
        f"services.recommender.health={HEALTH}",
        "services.recommender.smoke.attempts=3",
        "services.recommender.smoke.latency_ms=5000",
        "services.recommender.rollout.drain_seconds=2",
    ]
    first = clone.wrapper("apply", "dev", overrides=services(beside=f"{{hosts: [{BESIDE}]}}"))
    assert first.returncode == 0, first.stderr
    return clone


@contextmanager
def asked(clone: Clone, hosts: Sequence[str]) -> Iterator[None]:
    """Send requests to the hosts while the block runs: all get a good answer, and there are enough."""
    with Load(clone.alb_port, hosts, RATE) as load:
        yield
    assert load.failed == []
    assert len(load.sent) > RATE


def apply(
    clone: Clone, overrides: Sequence[str], hosts: Sequence[str] = (ANY, BESIDE, FILMS)
) -> subprocess.CompletedProcess[str]:
    with asked(clone, hosts):
        return clone.wrapper("apply", "dev", overrides=overrides)


def protocols(clone: Clone) -> list[str]:
    elb = clone.aws().elbv2
    [balancer] = elb.describe_load_balancers()["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    return sorted(listener["Protocol"] for listener in listeners)


def test_certificate_that_does_not_come_changes_nothing(applied: Clone) -> None:
    """The certificate's validation can't see a private zone: the apply fails, and HTTP still answers."""
    aws = applied.aws()
    vpc_id = aws.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    aws.route53.create_hosted_zone(
        Name="example.com", CallerReference=HIDDEN, VPC={"VPCRegion": "eu-west-1", "VPCId": vpc_id}
    )
    route = f"{{hosts: [{FILMS}], default: true}}"
    overrides = [*services(recommender=route, beside=f"{{hosts: [{BESIDE}]}}"), dns(HIDDEN, 0.1)]
    done = apply(applied, overrides, [ANY, BESIDE])
    assert done.returncode == 4, done.stderr
    assert protocols(applied) == ["HTTP"]


def test_no_move_loses_a_request(applied: Clone) -> None:
    """The moves: to HTTPS, more hosts, the default route to the other service, and back to HTTP."""
    films, beside = f"hosts: [{FILMS}]", f"hosts: [{BESIDE}]"
    more = f"hosts: [{FILMS}, movies.example.com]"
    moved = services(recommender=f"{{{more}}}", beside=f"{{{beside}, default: true}}")
    steps = [
        [*services(recommender=f"{{{films}, default: true}}", beside=f"{{{beside}}}"), dns(ZONE)],
        [*services(recommender=f"{{{more}, default: true}}", beside=f"{{{beside}}}"), dns(ZONE)],
        [*moved, dns(ZONE)],
        [*moved, dns(ZONE), "alb.redirect=false"],
        moved,
    ]
    seen: list[list[str]] = []
    for overrides in steps:
        # The sandbox refuses a host name without a rule, as its own name is before the first step.
        done = apply(applied, overrides, [ANY, BESIDE, FILMS] if seen else [ANY, BESIDE])
        assert done.returncode == 0, done.stderr
        seen.append(protocols(applied))
    assert seen == [["HTTP", "HTTPS"]] * 4 + [["HTTP"]]


def test_a_move_that_would_lose_some_is_refused(applied: Clone) -> None:
    """A renamed service is refused with the steps that lose nothing, and its routes are unchanged."""
    films, beside = f"{{hosts: [{FILMS}, movies.example.com]}}", f"{{hosts: [{BESIDE}], default: true}}"
    done = apply(applied, services(recommender=films, renamed=beside))
    assert done.returncode == 11, done.stderr
    assert "In three steps: the new service beside the old one" in done.stderr
    ecr = applied.aws().ecr
    named = {each["repositoryName"] for each in ecr.describe_repositories()["repositories"]}
    assert "recommender-dev/beside" in named  # what runs might start again

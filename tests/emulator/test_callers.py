"""Which headers a caller may send to the API at port 4566 and to a load balancer with two names."""

import pytest

from emulator.callers import wrong_for_api, wrong_for_balancer

OWN = "lb-1234.eu-west-1.elb.amazonaws.com"
HOSTS = ["*.films.example.com", OWN]


def headers(**values: str) -> list[tuple[bytes, bytes]]:
    return [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in values.items()]


def of_api(**values: str) -> str | None:
    return wrong_for_api(headers(**{"host": "127.0.0.1:4566", **values}), port=4566, hosts=[OWN])


def of_balancer(**values: str) -> str | None:
    return wrong_for_balancer(headers(**{"host": "127.0.0.1:8080", **values}), hosts=HOSTS)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:4566",
        "127.93.4.7",
        "localhost:9999",
        "LOCALHOST.",
        "[::1]:4566",
        "bucket.s3.localhost:4566",
        "lb.alb.localhost",
        OWN,
        OWN.upper(),
    ],
)
def test_host_that_leads_here_may_call(host: str) -> None:
    """Loopback addresses and names with any port, and a load balancer's own name."""
    assert of_api(host=host) is None
    assert of_balancer(host=host) is None


@pytest.mark.parametrize(
    "host",
    [
        "rebind.evil.example:4566",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil-localhost",
        "127.0.0.1@evil.example",
        "evil.example\x00.localhost",
        "films.example.com.evil.example",
        "xfilms.example.com",
        "0.0.0.0:4566",
        "192.0.2.1",
        "[2001:db8::1]:4566",
        "other-1234.eu-west-1.elb.amazonaws.com",
        "bücher.localhost",
        "",
    ],
)
def test_host_that_is_anybodys_may_not_call(host: str) -> None:
    """The owner of a name can make it lead to this machine."""
    assert of_api(host=host) == (
        f"The Host header must be 127.0.0.1:4566 or another loopback name, got {host!r}."
    )
    assert of_balancer(host=host) == (
        f"The Host header must be one of 127.0.0.1, localhost, *.films.example.com, {OWN}, got {host!r}. "
        "A service's route.hosts in the environment file adds one."
    )


def test_request_without_a_host_is_for_the_balancer_alone() -> None:
    """HTTP/1.0 allows it, and a load balancer treats it as its own name. No SDK and no browser sends it."""
    assert "got ''" in str(wrong_for_api([], port=4566, hosts=[OWN]))
    assert wrong_for_balancer([], hosts=HOSTS) is None
    assert wrong_for_balancer(headers(origin="http://evil.example"), hosts=HOSTS) is not None


def test_every_host_of_several_counts() -> None:
    """A second Host header can't hide the first."""
    two = headers(host="evil.example") + headers(host="127.0.0.1")
    assert "got 'evil.example, 127.0.0.1'" in str(wrong_for_api(two, port=4566, hosts=[]))
    assert "got 'evil.example, 127.0.0.1'" in str(wrong_for_balancer(two, hosts=[]))


def test_host_of_a_rule_leads_to_the_balancer_alone() -> None:
    """A host name of the application is not one of the API."""
    assert of_balancer(host="new.films.example.com:8080") is None
    assert of_api(host="new.films.example.com:4566") is not None


@pytest.mark.parametrize("origin", ["http://127.0.0.1:4566", "http://localhost:4566", "http://[::1]:4566"])
def test_own_page_may_ask_the_api(origin: str) -> None:
    """A page that the API itself has served has the API's own port as its origin."""
    assert of_api(origin=origin, sec_fetch_site="same-origin") is None


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://evil.example:4566",
        "https://127.0.0.1.evil.example:4566",
        "http://127.0.0.1@evil.example:4566",
        "http://127.0.0.1:3000",
        "http://127.0.0.1",
        "http://127.0.0.1:port",
        "http://[::1:4566",
        "null",
        "",
    ],
)
def test_other_page_may_not_ask_the_api(origin: str) -> None:
    """This holds for another site, for another port of this machine, and for a page without an origin."""
    assert of_api(origin=origin) == (
        f"The Origin header must be absent or http://127.0.0.1:4566, got {origin!r}."
    )


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_link_of_another_page_may_not_call_the_api(site: str) -> None:
    """An image or a link sends no Origin, and GET /?Action=CreateUser would change something."""
    assert of_api(sec_fetch_site=site) == (
        f"The Sec-Fetch-Site header must be absent, same-origin or none, got {site!r}."
    )


def test_address_that_is_typed_may_call_the_api() -> None:
    """A typed address has no referring site."""
    assert of_api(sec_fetch_site="none") is None


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "http://localhost:3000"])
def test_page_of_this_machine_may_ask_the_application(origin: str) -> None:
    """The application's own page may, and so may a front end on another port of this machine."""
    assert of_balancer(origin=origin) is None


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_page_of_another_site_may_not_ask_the_application_by_loopback(origin: str) -> None:
    """Every page can send requests to loopback."""
    wrong = of_balancer(host="lb.alb.localhost:8080", origin=origin)
    assert wrong == (
        "The Origin header must be absent or a loopback one while Host is 'lb.alb.localhost:8080', "
        f"got {origin!r}. With one of these in Host it may be any: *.films.example.com, {OWN}."
    )


@pytest.mark.parametrize("host", [OWN, "new.films.example.com"])
def test_any_origin_goes_to_the_application_by_its_name(host: str) -> None:
    """The application decides which origins may read its replies, as behind a real load balancer."""
    assert of_balancer(host=host, origin="https://shop.example") is None


def test_link_of_another_page_opens_the_application() -> None:
    """A link to the application works, as on AWS."""
    assert of_balancer(sec_fetch_site="cross-site") is None

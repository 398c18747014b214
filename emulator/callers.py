"""Which callers to refuse: pages of other web sites, and requests for hosts that are not on loopback.

Every page in a browser may send requests to 127.0.0.1, and can point its own domain there (DNS rebinding). It
can't set the headers Host, Origin and Sec-Fetch-Site, which distinguish it from curl and the SDKs.
"""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import urlsplit

Headers = Iterable[tuple[bytes, bytes]]
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d*)?", re.ASCII)


def wrong_for_api(headers: Headers, *, port: int, hosts: Sequence[str]) -> str | None:
    """Return why the AWS API at this port must refuse a request; None if it need not.

    `hosts` are accepted besides the loopback names; * and ? are wildcards, as in a listener's rule.
    """
    if not _names_one_of(headers, hosts):
        return f"The Host header must be 127.0.0.1:{port} or another loopback name, got {_host(headers)!r}."
    for origin in _values(headers, b"origin"):
        if not _is_loopback_page(origin, port):
            return f"The Origin header must be absent or http://127.0.0.1:{port}, got {origin!r}."
    for site in _values(headers, b"sec-fetch-site"):
        if site not in ("same-origin", "none"):
            return f"The Sec-Fetch-Site header must be absent, same-origin or none, got {site!r}."
    return None


def wrong_for_balancer(headers: Headers, *, hosts: Sequence[str]) -> str | None:
    """Return why the load balancers' port must refuse a request; None if it need not.

    A request for one of `hosts` may have any Origin, and the application decides, as on AWS: no page can
    point those names here. A request for a loopback name may come from any page, so its Origin is checked. A
    request without a Host, which HTTP/1.0 allows, does not come from a browser.
    """
    if _values(headers, b"host") and not _names_one_of(headers, hosts):
        known = ", ".join(("127.0.0.1, localhost", *hosts))
        return (
            f"The Host header must be one of {known}, got {_host(headers)!r}. "
            "A service's route.hosts in the environment file adds one."
        )
    if _values(headers, b"host") and not _names_one_of(headers, ()):
        return None
    for origin in _values(headers, b"origin"):
        if not _is_loopback_page(origin):
            told = f"The Origin header must be absent or a loopback one while Host is {_host(headers)!r}"
            return f"{told}, got {origin!r}. With one of these in Host it may be any: {', '.join(hosts)}."
    return None


def hostname(host: str) -> str:
    """Return the name or address of a Host header, in lower case; "" if it is malformed."""
    found = _HOST.fullmatch(host.lower())
    return found[1].removesuffix(".") if found else ""


def is_loopback(name: str) -> bool:
    """Return whether a name always resolves to this machine: RFC 6761 reserves .localhost for that."""
    try:
        return ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _names_one_of(headers: Headers, hosts: Sequence[str]) -> bool:
    names = [hostname(host) for host in _values(headers, b"host")]
    return bool(names) and all(
        is_loopback(name) or any(fnmatchcase(name, host) for host in hosts) for name in names
    )


def _is_loopback_page(origin: str, port: int | None = None) -> bool:
    """Return whether the page is from this machine and, if a port is given, from this port."""
    try:
        parts = urlsplit(origin)
        return is_loopback(hostname(parts.netloc)) and port in (None, parts.port)
    except ValueError:
        return False


def _host(headers: Headers) -> str:
    return ", ".join(_values(headers, b"host"))


def _values(headers: Headers, wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name.lower() == wanted]

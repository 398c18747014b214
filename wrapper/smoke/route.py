"""How a service is reached through the load balancer: its host name, and whether a path leads to it."""

from ipaddress import ip_address
from urllib.parse import urlsplit

import httpx

from wrapper.environment import Route
from wrapper.environment.routing import host_of, matches

_SECONDS = 10


def client_for(url: str, route: Route, *, seconds: float = _SECONDS) -> httpx.Client:
    """Open a client that speaks to `url` as the route's host would be spoken to; it waits for `seconds`.

    With HTTPS and a host the certificate must be the host's. Without one it can't be checked: no certificate
    carries the load balancer's own name.
    """
    host = host_of(route)
    client = httpx.Client(
        base_url=url,
        timeout=max(seconds, _SECONDS),
        headers={"Host": host} if host else None,
        verify=host is not None and url.startswith("https://"),
        trust_env=not _is_loopback(url),  # a proxy would look for loopback on its own machine
    )
    if host:
        client.event_hooks = {"request": [lambda request: request.extensions.update(sni_hostname=host)]}
    return client


def leads_to(route: Route, path: str) -> bool:
    """Say whether the load balancer sends a path to this service; patterns know * and ?, and mind case."""
    return not route.paths or any(matches(pattern, path) for pattern in route.paths)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

"""Which service answers a request: of all whose routes take it, the one that claims it most narrowly.

The load balancer's rules go from narrow to wide in this order, see terraform/modules/routes/priorities.tf.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from wrapper.environment.block import Fault
from wrapper.environment.service import Route, Service


def host_of(route: Route) -> str | None:
    """Return a host name that the route accepts, with something in place of wildcards."""
    plain = sorted(route.hosts, key=lambda host: "*" in host or "?" in host)
    return plain[0].replace("*", "smoke").replace("?", "x") if plain else None


def matches(pattern: str, text: str) -> bool:
    """Say whether a rule's pattern takes a path or a host: it knows * and ?, and minds case."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))  # a bracket is just a bracket


def answering(services: Mapping[str, Service], *, host: str, path: str) -> list[str]:
    """Return the service that answers at a host, "" for the load balancer's own name.

    Nobody if no service does; several only if they claim the same, which is refused.
    """
    claims = [
        (_width(*pair), name)
        for name, service in services.items()
        for pair in service.route.pairs
        if matches(pair[0], host.lower()) and matches(pair[1], path)
    ]
    narrowest = min((width for width, _ in claims), default=None)
    return [name for width, name in claims if width == narrowest]


def smoke_faults(services: Mapping[str, Service]) -> Iterator[Fault]:
    """Find smoke requests that another service would answer, whose good answer would prove nothing."""
    for name, service in services.items():
        paths = [request.path for request in service.smoke.requests]
        # Health.path stands there by itself, too, if the file has no request.
        is_default = paths == [service.health.path]
        keys = ["requests"] if is_default else [f"requests.{number}.path" for number in range(len(paths))]
        asked = dict(zip(keys, paths, strict=True))
        if service.smoke.canary:
            asked["canary.path"] = service.smoke.canary.path
        for key, path in asked.items():
            owners = answering(services, host=host_of(service.route) or "", path=urlsplit(path).path)
            if name not in owners:
                others = f"services.{owners[0]} answers" if owners else "nobody answers"
                rule = f"be a path that services.{name}.route leads to ({others} it)"
                yield Fault(f"{name}.smoke.{key}", rule, path)


def _width(host: str, path: str) -> tuple[object, ...]:
    """Sort a claim: a host before a wildcard before any, then a path before a long beginning of one."""
    return host == "*", host.startswith("*"), -len(host), path.endswith("*"), -len(path)

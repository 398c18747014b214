"""The other environments of the same folder, whose networks and ports an environment must not use."""

from collections.abc import Collection, Iterator
from pathlib import Path

from wrapper.environment import text
from wrapper.environment.fields import is_cidr
from wrapper.environment.network import CIDR, overlapping
from wrapper.environment.root import Environment, Sandbox


def network_problems(environment: Environment, directory: Path) -> Iterator[str]:
    """Yield the networks on AWS that overlap this one: no peering or VPN could connect the two."""
    mine = environment.network.cidr
    if environment.target != "aws" or mine is None or not is_cidr(mine):
        return
    for path in sorted(directory.glob("*.yaml")):
        cidr = _network(path) if path.stem != environment.file else None
        if cidr and overlapping(mine, cidr):
            yield f"network.cidr must not overlap {path.stem}'s network {cidr}, got {mine}."


def free_network(directory: Path) -> str:
    """Return a /16 that no other environment on AWS uses: the default's, or the next free one."""
    taken = [cidr for path in directory.glob("*.yaml") if (cidr := _network(path))]
    candidates = [CIDR, *(f"10.{number}.0.0/16" for number in range(21, 256))]
    return next(each for each in candidates if not any(overlapping(each, cidr) for cidr in taken))


def free_ports(directory: Path, *, others: Collection[int] = ()) -> tuple[int, int]:
    """Return ports of the API and of the load balancer, other than the given ones and those of all files."""
    taken = {port for path in directory.glob("*.yaml") for port in _ports(path)} | {*others}
    defaults = Sandbox()
    return next(
        (defaults.port + step, defaults.alb_port + step)
        for step in range(1000)
        if not taken & {defaults.port + step, defaults.alb_port + step}
    )


def _ports(path: Path) -> set[int]:
    """Yield the ports of a file's sandbox, none without one."""
    try:
        data = text.parse(text.read(path))
    except text.TextError:
        return set()
    match data:
        case {"target": "sandbox", **rest}:
            given = rest.get("sandbox")
            own = given if isinstance(given, dict) else {}
            defaults = Sandbox()
            return {own.get("port", defaults.port), own.get("alb_port", defaults.alb_port)}
    return set()


def _network(path: Path) -> str | None:
    """Return a file's network on AWS, None without one; its other problems are reported when it is loaded."""
    try:
        data = text.parse(text.read(path))
    except text.TextError:
        return None
    match data:
        case {"target": "aws", "network": {"cidr": str(cidr)}}:
            return cidr if is_cidr(cidr) else None
        case {"target": "aws", "network": {"existing": dict()}}:
            return None
        case {"target": "aws"}:
            return CIDR
    return None

"""The other environments of the same folder, as far as one environment has to keep clear of them."""

from collections.abc import Iterator
from pathlib import Path

from wrapper.environment import text
from wrapper.environment.fields import is_cidr
from wrapper.environment.network import CIDR, overlapping
from wrapper.environment.root import Environment


def network_problems(environment: Environment, directory: Path) -> Iterator[str]:
    """Yield the networks on AWS that overlap this one: no peering or VPN could ever connect both."""
    mine = environment.network.cidr
    if environment.target != "aws" or mine is None or not is_cidr(mine):
        return
    for path in sorted(directory.glob("*.yaml")):
        cidr = _network(path) if path.stem != environment.name else None
        if cidr and overlapping(mine, cidr):
            yield f"network.cidr must not overlap {path.stem}'s network {cidr}, got {mine}."


def _network(path: Path) -> str | None:
    """Give a file's network on AWS, None without one; what else is wrong with it, its own load tells."""
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

"""Where an environment lives in the network, and who may reach it."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from itertools import combinations
from pathlib import Path
from typing import Literal

from pydantic import Field

from wrapper.environment.block import Block, Fault
from wrapper.environment.fields import CertificateArn, Cidr, Positive, Text

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


def overlapping(one: str, other: str) -> bool:
    return IPv4Network(one).overlaps(IPv4Network(other))


class Network(Block):
    cidr: Cidr = Field(description="IPv4 range of the network, /16 to /24; subnets are cut out of it.")
    availability_zones: tuple[Text, ...] = Field(description="At least two zones of the region.")
    egress: Literal["public", "nat", "nat_per_zone", "endpoints"] = Field(
        description="How tasks reach out: by public addresses (cheapest), one NAT gateway, one per zone, "
        "or VPC endpoints only."
    )

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        yield from self._range_faults()
        zones = self.availability_zones
        if len(set(zones)) < len(zones):
            twice = sorted({zone for zone in zones if zones.count(zone) > 1})
            yield Fault("availability_zones", "name each zone once", ", ".join(twice) + " twice")
        elif len(zones) < 2:
            yield Fault("availability_zones", "name at least 2 zones (an ALB needs two)", len(zones))

    def _range_faults(self) -> Iterator[Fault]:
        length = IPv4Network(self.cidr).prefixlen
        if length > 24:
            yield Fault("cidr", "be /24 or larger (every zone needs two subnets in it)", self.cidr)
        elif length < 16:
            yield Fault("cidr", "be /16 or smaller (AWS allows no larger network)", self.cidr)
        elif not any(IPv4Network(self.cidr).subnet_of(IPv4Network(private)) for private in _PRIVATE):
            yield Fault("cidr", f"lie in a private range ({', '.join(_PRIVATE)})", self.cidr)

    def strangers(self, region: str) -> Sequence[str]:
        """List the zones that are not of `region`."""
        return [zone for zone in self.availability_zones if not re.fullmatch(f"{region}[a-z]", zone)]


class Alb(Block):
    allowed_cidrs: tuple[Cidr, ...] = Field(description="IPv4 ranges that may open the URL.")
    certificate_arn: CertificateArn | None = Field(
        default=None,
        description="ACM certificate; with one, HTTPS on 443 and a redirect on 80, without, HTTP on 80.",
    )
    idle_timeout_seconds: Positive = Field(default=60, description="How long a silent connection stays open.")
    deletion_protection: bool = Field(description="Whether AWS refuses to delete the load balancer.")

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if not self.allowed_cidrs:
            yield Fault("allowed_cidrs", "name at least 1 range (nobody could open the URL)", 0)
        for one, other in combinations(self.allowed_cidrs, 2):
            if overlapping(one, other):
                yield Fault("allowed_cidrs", "name ranges that do not overlap", f"{one} and {other}")

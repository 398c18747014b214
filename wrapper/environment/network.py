"""Where an environment lives in the network: in a VPC made for it, or in one that exists."""

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from wrapper.environment.block import Block, Fault, Guess
from wrapper.environment.fields import Cidr, Positive, SubnetId, Text, VpcId

_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


# Of a network of one's own, unless the file says another.
CIDR = "10.20.0.0/16"


def overlapping(one: str, other: str) -> bool:
    return IPv4Network(one).overlaps(IPv4Network(other))


class ExistingNetwork(Block):
    vpc_id: VpcId = Field(description="The VPC, such as vpc-0a1b2c3d4e5f60718.")
    public_subnet_ids: tuple[SubnetId, ...] = Field(
        default=(), description="Subnets for the load balancer, and for tasks with egress public."
    )
    private_subnet_ids: tuple[SubnetId, ...] = Field(
        default=(),
        description="Subnets for tasks with egress nat or endpoints, and an internal load balancer.",
    )
    endpoints: tuple[Text, ...] = Field(
        default=(),
        description="With egress endpoints, the AWS services it has endpoints for, such as ecr.api.",
    )


class FlowLogs(Block):
    retention_days: Positive = Field(default=30, description="How long CloudWatch keeps the log.")


class Network(Block):
    cidr: Annotated[Cidr | None, Guess(f'"{CIDR}", without existing')] = Field(
        default=None,
        description="IPv4 range of the network, /16 to /24, for its subnets; another for each environment "
        "on AWS.",
    )
    availability_zones: Annotated[tuple[Text, ...], Guess("the region's a and b, without existing")] = Field(
        default=(),
        description="At least two zones of the region. Not every account has every letter: `verify` finds "
        "out.",
    )
    egress: Literal["public", "nat", "nat_per_zone", "endpoints"] = Field(
        default="public",
        description="How tasks reach out: by public addresses (cheapest), one NAT gateway for all zones, one "
        "per zone, so that one may fail, or VPC endpoints only.",
    )
    existing: ExistingNetwork | None = Field(
        default=None, description="A VPC to use as it is; null makes one of cidr and availability_zones."
    )
    flow_logs: FlowLogs | None = Field(
        default=None,
        description="Log of what flows through the VPC, in CloudWatch, such as `{retention_days: 30}`; null "
        "is none.",
    )

    def completed(self, region: str | None) -> "Network":
        """Give a network of one's own the range and the zones that nobody has chosen."""
        if self.existing is not None:
            return self
        zones = self.availability_zones or tuple(f"{region}{letter}" for letter in "ab" if region)
        return self.model_copy(update={"cidr": self.cidr or CIDR, "availability_zones": zones})

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        yield from self._made_faults() if self.existing is None else self._existing_faults(self.existing)

    def _made_faults(self) -> Iterator[Fault]:
        zones = self.availability_zones
        if self.cidr is not None:
            yield from _range_faults(self.cidr)
        if len(set(zones)) < len(zones):
            twice = sorted({zone for zone in zones if zones.count(zone) > 1})
            yield Fault("availability_zones", "name each zone once", ", ".join(twice) + " twice")
        elif len(zones) < 2 and "availability_zones" in self.model_fields_set:
            yield Fault("availability_zones", "name at least 2 zones (an ALB needs two)", len(zones))

    def _existing_faults(self, existing: ExistingNetwork) -> Iterator[Fault]:
        if self.cidr is not None:
            yield Fault("cidr", "be null with existing (the VPC has its range)", self.cidr)
        if self.availability_zones:
            rule = "be empty with existing (its subnets have their zones)"
            yield Fault("availability_zones", rule, ", ".join(self.availability_zones))
        if self.egress == "nat_per_zone":
            rule = "be public, nat or endpoints with existing (its gateways are its owner's)"
            yield Fault("egress", rule, self.egress)
        kind = "public" if self.egress == "public" else "private"
        if not (existing.public_subnet_ids if kind == "public" else existing.private_subnet_ids):
            yield Fault(
                f"existing.{kind}_subnet_ids", f"name a subnet for tasks with egress {self.egress}", 0
            )
        if existing.endpoints and self.egress != "endpoints":
            rule = f"be empty with egress {self.egress} (tasks have another way)"
            yield Fault("existing.endpoints", rule, ", ".join(existing.endpoints))

    def strangers(self, region: str) -> Sequence[str]:
        """List the zones that are not of `region`."""
        return [zone for zone in self.availability_zones if not re.fullmatch(f"{region}[a-z]", zone)]

    def holds_load_balancer(self, *, internal: bool) -> bool:
        """Say whether a load balancer finds the two subnets that it needs; one's own VPC always has them."""
        if self.existing is None or len(self.existing.public_subnet_ids) >= 2:
            return True
        return internal and len(self.existing.private_subnet_ids) >= 2


def _range_faults(cidr: str) -> Iterator[Fault]:
    length = IPv4Network(cidr).prefixlen
    if length > 24:
        yield Fault("cidr", "be /24 or larger (every zone needs two subnets in it)", cidr)
    elif length < 16:
        yield Fault("cidr", "be /16 or smaller (AWS allows no larger network)", cidr)
    elif not any(IPv4Network(cidr).subnet_of(IPv4Network(private)) for private in _PRIVATE):
        yield Fault("cidr", f"lie in a private range ({', '.join(_PRIVATE)})", cidr)

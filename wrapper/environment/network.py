"""The environment's network: a VPC created for it, or an existing one."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from wrapper.environment.block import Block, Fault, Guess
from wrapper.environment.fields import Text

# The range of a created network, unless the file has another.
CIDR = "10.20.0.0/16"


def overlapping(one: str, other: str) -> bool:
    return IPv4Network(one).overlaps(IPv4Network(other))


class ExistingNetwork(Block):
    vpc_id: Text = Field(description="The VPC, such as vpc-0a1b2c3d4e5f60718.")
    public_subnet_ids: tuple[Text, ...] = Field(
        default=(), description="Subnets for the load balancer, and for tasks with egress public."
    )
    private_subnet_ids: tuple[Text, ...] = Field(
        default=(),
        description="Subnets for tasks with egress nat or endpoints, and an internal load balancer.",
    )
    endpoints: tuple[Text, ...] = Field(
        default=(),
        description="With egress endpoints, the AWS services it has endpoints for, such as ecr.api.",
    )


class FlowLogs(Block):
    retention_days: int = Field(default=30, description="How long CloudWatch keeps the log.")


class Network(Block):
    cidr: Annotated[Text | None, Guess(f'"{CIDR}", without existing')] = Field(
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
        default=None, description="An existing VPC; null creates one from cidr and availability_zones."
    )
    flow_logs: FlowLogs | None = Field(
        default=None,
        description="Log of the VPC's traffic, in CloudWatch, such as `{retention_days: 30}`; null is none.",
    )

    def completed(self, region: str | None) -> "Network":
        """Add the default range and zones to a created network."""
        if self.existing is not None:
            return self
        zones = self.availability_zones or tuple(f"{region}{letter}" for letter in "ab" if region)
        return self.model_copy(update={"cidr": self.cidr or CIDR, "availability_zones": zones})

    def _faults(self, root: Path | None) -> Iterator[Fault]:
        if self.existing and self.existing.endpoints and self.egress != "endpoints":
            rule = f"be empty with egress {self.egress} (tasks use no endpoints)"
            yield Fault("existing.endpoints", rule, ", ".join(self.existing.endpoints))

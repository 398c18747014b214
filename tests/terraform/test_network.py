"""The network that the module vpc makes, for each way out of it."""

from collections.abc import Mapping
from typing import Any

import pytest
import tftest

from tests.terraform.conftest import Roots
from tests.terraform.roots import only, planned

NETWORK: Mapping[str, Any] = {
    "name": "shop-dev",
    "region": "eu-west-1",
    "cidr": "10.20.0.0/16",
    "availability_zones": ["eu-west-1c", "eu-west-1a"],
    "interface_endpoints": ["ecr.api", "logs"],
}


def subnets(plan: tftest.TerraformPlanOutput) -> dict[str, str]:
    """Map `public["eu-west-1a"]` to its range."""
    return {
        address.removeprefix("aws_subnet."): subnet["cidr_block"]
        for address, subnet in planned(plan, "aws_subnet").items()
    }


@pytest.fixture(scope="module")
def plans(roots: Roots) -> dict[str, tftest.TerraformPlanOutput]:
    """One plan for each way out."""
    return {
        egress: roots("modules/vpc").plan({**NETWORK, "egress": egress})
        for egress in ("public", "nat", "nat_per_zone", "endpoints")
    }


@pytest.mark.parametrize(
    ("egress", "private_subnets", "gateways", "endpoints"),
    [("public", 0, 0, 0), ("nat", 2, 1, 0), ("nat_per_zone", 2, 2, 0), ("endpoints", 2, 0, 2)],
)
def test_each_way_out_makes_what_it_needs(
    plans: dict[str, tftest.TerraformPlanOutput],
    egress: str,
    private_subnets: int,
    gateways: int,
    endpoints: int,
) -> None:
    """Gateways, addresses, routes and endpoints are those of the way out, and the S3 gateway is always there."""
    plan = plans[egress]
    assert len(planned(plan, "aws_subnet")) == 2 + private_subnets
    assert len(planned(plan, "aws_nat_gateway")) == len(planned(plan, "aws_eip")) == gateways
    assert len(planned(plan, "aws_route")) == 1 + (private_subnets if gateways else 0)
    kinds = [endpoint["vpc_endpoint_type"] for endpoint in planned(plan, "aws_vpc_endpoint").values()]
    assert sorted(kinds) == ["Gateway"] + ["Interface"] * endpoints


def test_a_zones_letter_gives_its_addresses(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """Neither the order of the zones nor another one moves a subnet."""
    assert subnets(plans["nat"]) == {
        'public["eu-west-1a"]': "10.20.0.0/19",
        'public["eu-west-1c"]': "10.20.64.0/19",
        'private["eu-west-1a"]': "10.20.128.0/19",
        'private["eu-west-1c"]': "10.20.192.0/19",
    }


def test_smallest_network_holds_a_load_balancer(roots: Roots) -> None:
    """An ALB asks for at least a /27 in each zone; a /24 has them for four zones."""
    zones = [f"eu-west-1{letter}" for letter in "abcd"]
    plan = roots("modules/vpc").plan({**NETWORK, "cidr": "10.20.9.0/24", "availability_zones": zones})
    ranges = subnets(plan).values()
    assert len(set(ranges)) == 8
    assert all(cidr.startswith("10.20.9.") and cidr.endswith("/27") for cidr in ranges)


def test_no_subnet_gives_out_public_addresses(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """Tasks ask for an address where they need one; nothing else gets any."""
    for plan in plans.values():
        assert not any(subnet["map_public_ip_on_launch"] for subnet in planned(plan, "aws_subnet").values())


def test_default_security_group_is_locked(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """The group that AWS gives whatever names none lets nothing in or out."""
    group = only(plans["nat"], "aws_default_security_group")
    assert not group.get("ingress")
    assert not group.get("egress")


def test_endpoints_have_private_names(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """The SDK finds an endpoint by AWS's usual name, which takes DNS host names in the network."""
    assert only(plans["endpoints"], "aws_vpc")["enable_dns_hostnames"] is True
    interfaces = [
        endpoint
        for endpoint in planned(plans["endpoints"], "aws_vpc_endpoint").values()
        if endpoint["vpc_endpoint_type"] == "Interface"
    ]
    assert all(endpoint["private_dns_enabled"] for endpoint in interfaces)
    assert sorted(endpoint["service_name"] for endpoint in interfaces) == [
        "com.amazonaws.eu-west-1.ecr.api",
        "com.amazonaws.eu-west-1.logs",
    ]

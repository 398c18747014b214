"""The network of the module vpc, for each kind of egress."""

from collections.abc import Mapping
from typing import Any

import pytest
import tftest

from tests.terraform.roots import Roots, only, planned

NETWORK: Mapping[str, Any] = {
    "name": "shop-dev",
    "region": "eu-west-1",
    "cidr": "10.20.0.0/16",
    "availability_zones": ["eu-west-1c", "eu-west-1a"],
}


def subnets(plan: tftest.TerraformPlanOutput) -> dict[str, str]:
    """Map `public["eu-west-1a"]` to its range."""
    return {
        address.removeprefix("aws_subnet."): subnet["cidr_block"]
        for address, subnet in planned(plan, "aws_subnet").items()
    }


@pytest.fixture(scope="module")
def plans(
    roots: Roots, app: tftest.TerraformPlanOutput, guarded: tftest.TerraformPlanOutput
) -> dict[str, tftest.TerraformPlanOutput]:
    """One plan for each kind of egress; `nat_per_zone` in the smallest range, with the most zones."""
    zones = [f"eu-west-1{letter}" for letter in "abcd"]
    vpc = roots("modules/vpc")
    return {
        "public": app,
        "nat": vpc.plan({**NETWORK, "egress": "nat"}),
        "nat_per_zone": vpc.plan(
            {**NETWORK, "egress": "nat_per_zone", "cidr": "10.20.9.0/24", "availability_zones": zones}
        ),
        "endpoints": guarded,
    }


@pytest.mark.parametrize(
    ("egress", "public", "private", "gateways", "endpoints"),
    [
        ("public", 2, 0, 0, 0),
        ("nat", 2, 2, 1, 0),
        ("nat_per_zone", 4, 4, 4, 0),
        ("endpoints", 2, 2, 0, 4),
    ],
)
def test_each_way_out_makes_what_it_needs(
    plans: dict[str, tftest.TerraformPlanOutput],
    egress: str,
    public: int,
    private: int,
    gateways: int,
    endpoints: int,
) -> None:
    """Gateways, addresses, routes and endpoints depend on the egress; S3's gateway always exists."""
    plan = plans[egress]
    assert len(planned(plan, "aws_subnet")) == public + private
    assert len(planned(plan, "aws_nat_gateway")) == len(planned(plan, "aws_eip")) == gateways
    assert len(planned(plan, "aws_route")) == 1 + (private if gateways else 0)
    kinds = [endpoint["vpc_endpoint_type"] for endpoint in planned(plan, "aws_vpc_endpoint").values()]
    assert sorted(kinds) == ["Gateway"] + ["Interface"] * endpoints


@pytest.mark.parametrize(("egress", "has_address"), [("public", True), ("endpoints", False)])
def test_only_public_tasks_have_addresses(
    plans: dict[str, tftest.TerraformPlanOutput], egress: str, has_address: bool
) -> None:
    """A task without NAT or endpoints needs a public address to reach the internet."""
    for running in planned(plans[egress], "aws_ecs_service").values():
        [network] = running["network_configuration"]
        assert network["assign_public_ip"] is has_address


def test_a_zones_letter_gives_its_addresses(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """Neither the order of the zones nor an added one moves a subnet."""
    assert subnets(plans["nat"]) == {
        'public["eu-west-1a"]': "10.20.0.0/19",
        'public["eu-west-1c"]': "10.20.64.0/19",
        'private["eu-west-1a"]': "10.20.128.0/19",
        'private["eu-west-1c"]': "10.20.192.0/19",
    }


def test_smallest_network_holds_a_load_balancer(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """An ALB requires at least a /27 in each zone; a /24 has them for four zones."""
    ranges = subnets(plans["nat_per_zone"]).values()
    assert len(set(ranges)) == 8
    assert all(cidr.startswith("10.20.9.") and cidr.endswith("/27") for cidr in ranges)


def test_no_subnet_gives_out_public_addresses(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """Tasks request an address if they need one; nothing else gets any."""
    for plan in plans.values():
        assert not any(subnet["map_public_ip_on_launch"] for subnet in planned(plan, "aws_subnet").values())


def test_default_security_group_is_locked(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """AWS gives this group to resources that name none; it allows nothing in or out."""
    group = only(plans["nat"], "aws_default_security_group")
    assert not group.get("ingress")
    assert not group.get("egress")


def test_endpoints_have_private_names(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """They are what the services need, under AWS's usual names, which requires DNS host names."""
    assert only(plans["endpoints"], "aws_vpc")["enable_dns_hostnames"] is True
    interfaces = [
        endpoint
        for endpoint in planned(plans["endpoints"], "aws_vpc_endpoint").values()
        if endpoint["vpc_endpoint_type"] == "Interface"
    ]
    assert all(endpoint["private_dns_enabled"] for endpoint in interfaces)
    assert sorted(endpoint["service_name"] for endpoint in interfaces) == [
        "com.amazonaws.eu-west-1.ecr.api",
        "com.amazonaws.eu-west-1.ecr.dkr",
        "com.amazonaws.eu-west-1.logs",
        "com.amazonaws.eu-west-1.secretsmanager",
    ]

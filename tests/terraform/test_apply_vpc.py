"""Somebody else's VPC, used by an app in a sandbox."""

import pytest

from tests.terraform.examples import changed
from tests.terraform.test_apply import inside, started  # noqa: F401  (fixtures, by their names)
from tests.terraform.test_apply_front import Front, site  # noqa: F401

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]


def test_an_existing_vpc_is_used_and_left_as_it_was(site: Front) -> None:  # noqa: F811
    """An internal app uses its private subnets: the second plan is empty, a destroy leaves the VPC."""
    ec2 = site.aws.ec2
    vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.99.{number}.0/24", AvailabilityZone=f"eu-west-1{zone}")
        for number, zone in enumerate("ab")
    ]
    ids = {made["Subnet"]["SubnetId"] for made in subnets}
    values = changed(
        site.values,
        network={"egress": "nat", "existing": {"vpc_id": vpc, "private_subnet_ids": sorted(ids)}},
        alb__internal=True,
    )
    outputs = site.app.apply(values)
    assert site.app.changes(values) == {}
    assert (outputs["network"]["vpc_id"], {*outputs["network"]["subnet_ids"]}) == (vpc, ids)
    [balancer] = site.aws.elbv2.describe_load_balancers(Names=["shop-dev"])["LoadBalancers"]
    assert balancer["Scheme"] == "internal"
    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == ids
    site.app.destroy(values)
    assert site.app.resources() == []
    assert [each["VpcId"] for each in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]] == [vpc]
    assert {each["SubnetId"] for each in ec2.describe_subnets(SubnetIds=sorted(ids))["Subnets"]} == ids

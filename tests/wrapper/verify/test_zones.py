"""Availability zones, with AWS's answers from botocore's own stub; a sandbox has any zone."""

import pytest
from botocore.stub import Stubber

from tests.wrapper import stack as stacks
from wrapper.aws.client import Aws, Credentials
from wrapper.delivery.verify import Finding, Scene, look
from wrapper.delivery.verify.subnets import zones
from wrapper.environment import ExistingNetwork

SUBJECT = "network.availability_zones"


def findings(*names: str, existing: bool = False, sandbox: bool = False) -> tuple[Finding, ...]:
    """Check the names in an account whose b is a local zone and whose c is impaired."""
    declared = stacks.environment("prod", target="aws")
    vpc = ExistingNetwork(vpc_id="vpc-0a1b2c3d") if existing else None
    network = declared.network.model_copy(update={"availability_zones": names, "existing": vpc})
    environment = declared.model_copy(update={"network": network})
    aws = Aws(region="eu-west-1", credentials=Credentials("key", "secret"))
    scene = Scene(aws=aws, environment=environment, release=None, managed=frozenset(), sandbox=sandbox)
    told = [
        {"ZoneName": "eu-west-1d", "State": "available", "ZoneType": "availability-zone"},
        {"ZoneName": "eu-west-1a", "State": "available", "ZoneType": "availability-zone"},
        {"ZoneName": "eu-west-1b", "State": "available", "ZoneType": "local-zone"},
        {"ZoneName": "eu-west-1c", "State": "impaired", "ZoneType": "availability-zone"},
    ]
    stub = Stubber(aws.ec2)
    stub.add_response("describe_availability_zones", {"AvailabilityZones": told}, {})
    with stub:
        return look(scene, [zones])


def test_zones_that_the_account_has_are_good() -> None:
    """The letters may have gaps."""
    (finding,) = findings("eu-west-1a", "eu-west-1d")
    assert (finding.level, finding.subject) == ("ok", SUBJECT)


@pytest.mark.parametrize("zone", ["eu-west-1b", "eu-west-1c", "eu-west-1e"])
def test_a_zone_that_cannot_be_used_fails(zone: str) -> None:
    """Terraform would stop in the middle, at the subnet."""
    (finding,) = findings("eu-west-1a", zone)
    assert finding.level == "fail"
    assert finding.detail == f"must be zones that this account has in eu-west-1, got {zone}."
    assert finding.fix == "choose from eu-west-1a, eu-west-1d in environments/prod.yaml"


def test_nothing_is_asked_where_there_is_nothing_to_know() -> None:
    """An existing VPC has its subnets, and a sandbox accepts any name."""
    assert findings(existing=True) == findings("eu-west-1x", sandbox=True) == ()

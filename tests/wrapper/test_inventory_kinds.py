"""Each type of the stacks is counted, and each tagged thing by exactly one collector."""

import re
from collections import Counter
from pathlib import Path

import pytest

from wrapper.inventory import KINDS, OF_THE_ACCOUNT, Resource, Scope, main_type, untracked

ROOT = Path(__file__).resolve().parents[2]
PROJECT = {"project": "films", "environment": "dev"}
HERE = "eu-west-1:000000000000"
_RESOURCE = re.compile(r'^resource "(aws_\w+)"', re.MULTILINE)


def made() -> set[str]:
    """Return the resource types of all stacks and modules."""
    files = (ROOT / "terraform").rglob("*.tf")
    return {kind for path in files for kind in _RESOURCE.findall(path.read_text("utf-8"))}


def strangers(*arns: str) -> list[tuple[str, str, str]]:
    scope = Scope(project="films", environment="dev", tags_by_arn=dict.fromkeys(arns, PROJECT))
    return [(item.service, item.kind, item.name) for item in untracked(scope)]


def test_every_type_of_the_stacks_is_declared() -> None:
    """A new resource needs a collector, or the resource it is a part of; some are the account's."""
    declared = {kind for each in (*KINDS, OF_THE_ACCOUNT) for kind in each.types}
    assert made() - declared == set()


def test_nothing_is_declared_in_vain() -> None:
    """A type that no stack uses any more must be removed."""
    declared = {kind for each in KINDS for kind in each.types}
    assert declared - made() == set()


def test_each_type_and_each_kind_is_declared_once() -> None:
    """Otherwise one thing would be counted twice, or by the wrong collector."""
    types = Counter(kind for each in KINDS for kind in each.types)
    names = Counter((each.service, each.name) for each in KINDS)
    assert [each for each, times in (types + names).items() if times > 1] == []


def test_a_kind_has_terraforms_name() -> None:
    """The time that AWS needs to delete it is known by that name; what AWS itself creates has none."""
    assert main_type(Resource(service="ec2", kind="NAT gateway", name="a", arn="a")) == "aws_nat_gateway"
    assert main_type(Resource(service="ecs", kind="task", name="a", arn="a")) is None


@pytest.mark.parametrize(
    ("arn", "found"),
    [
        (f"arn:aws:lambda:{HERE}:function:alerts", ("lambda", "function", "alerts")),
        (f"arn:aws:ecs:{HERE}:daemon/films-dev", ("ecs", "daemon", "films-dev")),
        (f"arn:aws:ec2:{HERE}:key-pair/key-1", ("ec2", "key-pair", "key-1")),
        (f"arn:aws:logs:{HERE}:delivery:films", ("logs", "delivery", "films")),
        (f"arn:aws:s3:{HERE}:accesspoint/films", ("s3", "accesspoint", "films")),
        ("arn:aws:iam::000000000000:server-certificate/films", ("iam", "server-certificate", "films")),
        (f"arn:aws:kinesis:{HERE}:films", ("kinesis", "resource", "films")),
    ],
)
def test_a_tagged_thing_of_another_kind_is_counted(arn: str, found: tuple[str, str, str]) -> None:
    """This holds even if a collector lists other kinds of the same service."""
    assert strangers(arn) == [found]


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:ecs:{HERE}:cluster/films-dev",
        f"arn:aws:ecs:{HERE}:capacity-provider/films-dev-gpu",
        f"arn:aws:ecs:{HERE}:container-instance/films-dev/1a2b",
        f"arn:aws:ec2:{HERE}:vpc/vpc-1",
        f"arn:aws:ec2:{HERE}:volume/vol-1",
        f"arn:aws:ec2:{HERE}:security-group-rule/sgr-1",
        f"arn:aws:logs:{HERE}:log-group:/ecs/films-dev/web",
        f"arn:aws:elasticloadbalancing:{HERE}:listener-rule/app/films-dev/1/2/3",
        f"arn:aws:wafv2:{HERE}:regional/webacl/films-dev/1",
        f"arn:aws:sns:{HERE}:films-dev-alarms",
        f"arn:aws:sqs:{HERE}:films-dev-retrain",
        "arn:aws:s3:::films-dev-models-000000000000",
        "arn:aws:iam::000000000000:instance-profile/films-dev-gpu",
        "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com",
    ],
)
def test_a_tagged_thing_of_a_listed_kind_is_left_to_its_service(arn: str) -> None:
    """The tagging API lists deleted things for hours; the account's own things are not counted."""
    assert strangers(arn) == []

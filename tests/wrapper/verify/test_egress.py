"""Security groups and prefix lists for egress, with AWS's answers from botocore's own stub."""

from typing import Any

from botocore.stub import Stubber

from tests.wrapper import stack as stacks
from wrapper.aws.client import Aws, Credentials
from wrapper.delivery.verify import Finding, Scene, look
from wrapper.delivery.verify.egress import egress
from wrapper.environment import ExistingNetwork, Way

DATABASE, GONE, STORAGE = "sg-0000000a", "sg-0000000b", "pl-0000000a"
HTTPS = Way(port=443, cidrs=("0.0.0.0/0",))
VPC = "vpc-0a1b2c3d"


def findings(ways: dict[str, Way], *, vpc: str | None = VPC, sandbox: bool = False) -> tuple[Finding, ...]:
    """Check an account that has one group, in our VPC, and one list."""
    declared = stacks.environment("prod", target="aws")
    existing = ExistingNetwork(vpc_id=vpc) if vpc else None
    environment = declared.model_copy(
        update={
            "services": {"web": declared.services["web"].model_copy(update={"egress": ways})},
            "network": declared.network.model_copy(update={"existing": existing}),
        }
    )
    aws = Aws(region="eu-west-1", credentials=Credentials("key", "secret"))
    stub = Stubber(aws.ec2)
    groups = [] if sandbox else sorted({each for way in ways.values() for each in way.security_groups})
    lists = [] if sandbox else sorted({each for way in ways.values() for each in way.prefix_lists})
    if groups:
        there = [{"GroupId": DATABASE, "VpcId": VPC}] if DATABASE in groups else []
        stub.add_response("describe_security_groups", {"SecurityGroups": there}, asked("group-id", groups))
    if lists:
        listed = [{"PrefixListId": STORAGE, "PrefixListName": "com.amazonaws.eu-west-1.s3"}]
        there = listed if STORAGE in lists else []
        stub.add_response(
            "describe_managed_prefix_lists", {"PrefixLists": there}, asked("prefix-list-id", lists)
        )
    scene = Scene(aws=aws, environment=environment, release=None, managed=frozenset(), sandbox=sandbox)
    with stub:
        found = look(scene, [egress])
    stub.assert_no_pending_responses()
    return found


def asked(name: str, values: list[str]) -> dict[str, Any]:
    return {"Filters": [{"Name": name, "Values": values}]}


def test_nothing_is_asked_where_only_addresses_are_named() -> None:
    """No call is made, because addresses need not exist."""
    assert findings({"https": HTTPS}) == ()


def test_a_sandbox_has_none_of_them() -> None:
    """It allows all egress, and does not read the account."""
    (finding,) = findings({"db": Way(port=443, security_groups=(GONE,))}, sandbox=True)
    assert (finding.level, finding.subject) == ("skipped", "egress")
    assert findings({"https": HTTPS}, sandbox=True) == ()


def test_what_is_there_is_good() -> None:
    """Each has its key in the file."""
    found = findings(
        {
            "https": Way(port=443, prefix_lists=(STORAGE,)),
            "db": Way(port=5432, security_groups=(DATABASE,)),
        }
    )
    assert [(each.level, each.subject, each.detail) for each in found] == [
        ("ok", "services.web.egress.https.prefix_lists", f"{STORAGE} exists, com.amazonaws.eu-west-1.s3"),
        ("ok", "services.web.egress.db.security_groups", f"{DATABASE} exists"),
    ]


def test_what_is_not_there_fails_with_the_command_that_lists_what_is() -> None:
    """AWS would refuse the rule in the middle of an apply."""
    found = findings({"db": Way(port=443, security_groups=(DATABASE, GONE), prefix_lists=("pl-0000000b",))})
    assert [(each.level, each.subject) for each in found] == [
        ("ok", "services.web.egress.db.security_groups"),
        ("fail", "services.web.egress.db.security_groups"),
        ("fail", "services.web.egress.db.prefix_lists"),
    ]
    assert found[1].detail == f"must be security groups that exist, but there is no {GONE} in eu-west-1."
    assert found[2].fix == "aws ec2 describe-managed-prefix-lists --region eu-west-1 lists them"


def test_a_group_of_another_vpc_is_warned_of() -> None:
    """AWS accepts it only with a peering between both; a VPC that the apply creates has none."""
    for vpc in (None, "vpc-0000000f"):
        (finding,) = findings({"db": Way(port=443, security_groups=(DATABASE,))}, vpc=vpc)
        assert (finding.level, finding.detail) == (
            "warn",
            f"should be of the tasks' VPC, but {DATABASE} is of {VPC}: that requires a peering.",
        )

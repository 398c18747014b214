"""What a refresh finds changed although nobody changed it, and what somebody did change."""

from typing import Any

import pytest

from wrapper.terraform.plan import AttributeChange, Plan, read_plan

GROUP = {"id": "sg-1", "name": "tasks"}
RULE = {
    "security_group_id": "sg-1",
    "ip_protocol": "tcp",
    "from_port": 443,
    "to_port": 443,
    "cidr_ipv4": "0.0.0.0/0",
    "cidr_ipv6": None,
}
ENTRY = {
    "protocol": "tcp",
    "from_port": 443,
    "to_port": 443,
    "cidr_blocks": ["0.0.0.0/0"],
    "security_groups": [],
    "self": False,
    "description": "HTTPS",
}


def drift(
    kind: str, before: dict[str, Any], after: dict[str, Any] | None, *others: tuple[str, dict[str, Any]]
) -> Plan:
    """Read a plan whose refresh found one resource changed, beside `others` in a module."""
    found = {
        "address": f"{kind}.x",
        "type": kind,
        "name": "x",
        "change": {"actions": ["update"] if after else ["delete"], "before": before, "after": after},
    }
    resources = [{"type": each, "values": values} for each, values in others]
    module = {"child_modules": [{"child_modules": [{"resources": resources}]}]}
    return read_plan(
        {"resource_drift": [found], "prior_state": {"values": {"root_module": module}}}, stack="app"
    )


def attributes(plan: Plan) -> list[AttributeChange]:
    return [attribute for resource in plan.drift for attribute in resource.attributes]


def test_a_rule_of_the_stack_is_no_drift_of_its_group() -> None:
    """The group was read before its rules were made."""
    seen = drift(
        "aws_security_group",
        GROUP | {"egress": []},
        GROUP | {"egress": [ENTRY]},
        ("aws_vpc_security_group_egress_rule", RULE),
    )
    assert seen.drift == ()


@pytest.mark.parametrize(
    "other",
    [
        ENTRY | {"from_port": 22, "to_port": 22},
        ENTRY | {"cidr_blocks": ["0.0.0.0/0", "10.0.0.0/8"]},
        ENTRY | {"cidr_blocks": [], "security_groups": ["123456789012/sg-9"]},
        ENTRY | {"cidr_blocks": [], "self": True},
        ENTRY | {"protocol": "-1", "from_port": 0, "to_port": 0},
    ],
)
def test_a_rule_made_by_hand_is_drift(other: dict[str, Any]) -> None:
    """It alone is shown, not those of the stack beside it."""
    seen = drift(
        "aws_security_group",
        GROUP | {"ingress": [ENTRY]},
        GROUP | {"ingress": [other, ENTRY]},
        ("aws_vpc_security_group_ingress_rule", RULE),
    )
    [found] = attributes(seen)
    assert (found.path, found.before) == ("ingress", None)
    assert found.after["protocol"] == other["protocol"]


def test_a_rule_of_another_group_or_direction_accounts_for_nothing() -> None:
    """It opens another door."""
    before: dict[str, Any] = GROUP | {"ingress": []}
    after = GROUP | {"ingress": [ENTRY]}
    stranger = ("aws_vpc_security_group_ingress_rule", RULE | {"security_group_id": "sg-2"})
    outward = ("aws_vpc_security_group_egress_rule", RULE)
    assert len(attributes(drift("aws_security_group", before, after, stranger, outward))) == 1


def test_a_rule_that_was_there_before_is_no_drift() -> None:
    """Whoever made it: the last apply has seen it."""
    known = ENTRY | {"protocol": "-1", "from_port": 0, "to_port": 0}
    seen = drift(
        "aws_security_group",
        GROUP | {"egress": [known]},
        GROUP | {"egress": [known, ENTRY]},
        ("aws_vpc_security_group_egress_rule", RULE),
    )
    assert seen.drift == ()


def test_a_rule_between_groups_accounts_for_it_with_and_without_the_account() -> None:
    """AWS shows a group of a peer behind its account."""
    rule = RULE | {"cidr_ipv4": None, "referenced_security_group_id": "sg-9"}
    entry = ENTRY | {"cidr_blocks": [], "security_groups": ["123456789012/sg-9"]}
    seen = drift(
        "aws_security_group",
        GROUP | {"ingress": []},
        GROUP | {"ingress": [entry]},
        ("aws_vpc_security_group_ingress_rule", rule),
    )
    assert seen.drift == ()


@pytest.mark.parametrize(
    ("kind", "name", "entry", "owner", "account"),
    [
        ("aws_iam_role", "inline_policy", {"name": "p"}, "aws_iam_role_policy", {"role": "i", "name": "p"}),
        (
            "aws_iam_role",
            "managed_policy_arns",
            "arn:p",
            "aws_iam_role_policy_attachment",
            {"role": "i", "policy_arn": "arn:p"},
        ),
        (
            "aws_route_table",
            "route",
            {"cidr_block": "0.0.0.0/0"},
            "aws_route",
            {"route_table_id": "i", "destination_cidr_block": "0.0.0.0/0"},
        ),
        ("aws_lb_target_group", "load_balancer_arns", "arn:lb", "aws_lb", {"arn": "arn:lb"}),
        (
            "aws_lb_target_group",
            "load_balancer_arns",
            "arn:loadbalancer/app/company/1",
            "aws_lb_listener_rule",
            {"listener_arn": "arn:listener/app/company/1/2"},
        ),
        ("aws_s3_bucket", "versioning", {"enabled": True}, "aws_s3_bucket_versioning", {"bucket": "i"}),
    ],
)
def test_what_a_resource_accounts_for_is_drift_without_it(
    kind: str, name: str, entry: Any, owner: str, account: dict[str, Any]
) -> None:
    """Each kind of repetition, with the resource that it repeats and without."""
    before: dict[str, Any] = {"id": "i", name: []}
    after = {"id": "i", name: [entry]}
    assert drift(kind, before, after, (owner, account)).drift == ()
    assert [each.path for each in attributes(drift(kind, before, after))] == [name]


def test_nothing_written_otherwise_is_no_drift() -> None:
    """Null, 0, false and the empty text are what providers write for nothing."""
    before = {"a": None, "b": 0, "c": ""}
    assert drift("aws_ecs_cluster", before, {"a": 0, "b": None, "c": False}).drift == ()


def test_a_value_and_a_resource_that_is_gone_are_drift() -> None:
    """Whatever its type."""
    [changed] = attributes(drift("aws_cloudwatch_log_group", {"days": 7}, {"days": 90}))
    assert (changed.before, changed.after) == (7, 90)
    assert [each.action for each in drift("aws_route", {"id": "r"}, None).drift] == ["delete"]


@pytest.mark.parametrize("state", [None, 7, {"values": []}, {"values": {"root_module": {"resources": [3]}}}])
def test_a_state_of_another_shape_accounts_for_nothing(state: Any) -> None:
    """A plan that nobody has seen yet is read all the same."""
    found = {"address": "a.x", "type": "a", "name": "x"}
    change = {"actions": ["update"], "before": {"v": 1}, "after": {"v": 2}}
    document = {"resource_drift": [found | {"change": change}], "prior_state": state}
    assert len(read_plan(document, stack="app").drift) == 1

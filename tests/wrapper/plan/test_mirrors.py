"""Which changes of a refresh nobody made, and which somebody did."""

from typing import Any

import pytest

from wrapper.terraform.plan import AttributeChange, Plan, read_plan


def drift(
    kind: str, before: dict[str, Any], after: dict[str, Any] | None, *others: tuple[str, dict[str, Any]]
) -> Plan:
    """Return a plan whose refresh found one changed resource, and `others` in a module."""
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


@pytest.mark.parametrize(
    ("kind", "name", "entry"),
    [
        ("aws_security_group", "ingress", {"from_port": 22}),
        ("aws_default_security_group", "egress", {"from_port": 0}),
        ("aws_iam_role", "inline_policy", {"name": "p"}),
        ("aws_iam_role", "managed_policy_arns", "arn:p"),
        ("aws_route_table", "route", {"cidr_block": "0.0.0.0/0"}),
        ("aws_s3_bucket", "policy", {"Statement": []}),
    ],
)
def test_what_aws_is_asked_for_is_not_told_twice(kind: str, name: str, entry: Any) -> None:
    """A refresh shows a repetition once, and writes it into the state."""
    assert drift(kind, {"id": "i", name: []}, {"id": "i", name: [entry]}).drift == ()


@pytest.mark.parametrize(
    ("kind", "name", "entry", "owner", "account"),
    [
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
    """Each kind of repetition is no drift with the resource that it repeats, and drift without it."""
    before: dict[str, Any] = {"id": "i", name: []}
    after = {"id": "i", name: [entry]}
    assert drift(kind, before, after, (owner, account)).drift == ()
    assert [each.path for each in attributes(drift(kind, before, after))] == [name]


ADDRESS = {"id": "eipalloc-1", "public_ip": "52.0.0.1"}
USED = ADDRESS | {
    "association_id": "eipassoc-1",
    "network_interface": "eni-1",
    "private_ip": "10.20.1.4",
    "private_dns": "ip-10-20-1-4.eu-west-1.compute.internal",
}
GATEWAY = {"allocation_id": "eipalloc-1", "association_id": "eipassoc-1"}


@pytest.mark.parametrize(
    "before", [ADDRESS, USED | {"association_id": "eipassoc-0", "network_interface": "eni-0"}]
)
def test_an_address_learns_of_its_gateway(before: dict[str, Any]) -> None:
    """Its association follows when its gateway is created, even again; any other one is drift."""
    assert drift("aws_eip", before, USED, ("aws_nat_gateway", GATEWAY)).drift == ()
    elsewhere = USED | {"association_id": "eipassoc-9", "network_interface": "eni-9"}
    moved = drift("aws_eip", before, elsewhere, ("aws_nat_gateway", GATEWAY))
    assert {"association_id", "network_interface"} <= {each.path for each in attributes(moved)}


@pytest.mark.parametrize(
    ("kind", "beside", "account"),
    [
        ("aws_sqs_queue", "aws_sqs_queue_policy", {"queue_url": "i"}),
        ("aws_sns_topic", "aws_sns_topic_policy", {"arn": "i"}),
    ],
)
@pytest.mark.parametrize("after", ['{"Statement": [{"Effect": "Allow"}]}', ""])
def test_a_policy_is_told_where_it_is_declared(
    kind: str, beside: str, account: dict[str, Any], after: str
) -> None:
    """Beside the resource that declares it, it is a repetition; otherwise somebody has changed it."""
    before = {"id": "i", "policy": "" if after else '{"Statement": [{"Effect": "Deny"}]}'}
    found = {"id": "i", "policy": after}
    assert drift(kind, before, found, (beside, account)).drift == ()
    assert drift(kind, before, found, (beside, {next(iter(account)): "another"})).drift != ()


def test_a_policy_of_the_stack_is_attached_as_often_as_the_stack_does() -> None:
    """One attachment more is drift: somebody has given its permissions to another role."""
    attached = ("aws_iam_role_policy_attachment", {"policy_arn": "arn:p"})
    before, after = ({"arn": "arn:p", "attachment_count": count} for count in (0, 2))
    assert drift("aws_iam_policy", before, after, attached, attached).drift == ()
    [told] = attributes(drift("aws_iam_policy", before, after, attached))
    assert (told.path, told.before, told.after) == ("attachment_count", 0, 2)


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("aws_acm_certificate", {"status": "PENDING_VALIDATION"}, {"status": "ISSUED"}),
        ("aws_acm_certificate", {"not_after": "2026"}, {"not_after": "2027"}),
        ("aws_sns_topic_subscription", {"pending_confirmation": True}, {"pending_confirmation": False}),
        ("aws_vpc_endpoint", {"cidr_blocks": ["3.5.0.0/19"]}, {"cidr_blocks": ["3.5.0.0/18"]}),
        ("aws_appautoscaling_policy", {"alarm_arns": []}, {"alarm_arns": ["arn:a"]}),
        (
            "aws_autoscaling_group",
            {"min_size": 0, "max_size": 4, "desired_capacity": 0},
            {"min_size": 0, "max_size": 4, "desired_capacity": 4},
        ),
    ],
)
def test_what_aws_does_by_itself_is_no_drift(
    kind: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """AWS sets values that nobody can declare, and changes some of them later."""
    assert drift(kind, before, after).drift == ()


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("aws_acm_certificate", {"status": "ISSUED"}, {"status": "REVOKED"}),
        ("aws_acm_certificate", {"validation_method": ""}, {"validation_method": "EMAIL"}),
        ("aws_iam_role", {"unique_id": "AROA1"}, {"unique_id": "AROA2"}),
        ("aws_lb", {"access_logs": []}, {"access_logs": [{"bucket": "theirs", "enabled": True}]}),
        (
            "aws_autoscaling_group",
            {"min_size": 0, "max_size": 4, "desired_capacity": 0},
            {"min_size": 0, "max_size": 4, "desired_capacity": 9},
        ),
    ],
)
def test_what_somebody_did_is_drift(kind: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Drift is a declared or declarable value, another identity, or a state that nobody wants."""
    assert len(drift(kind, before, after).drift) == 1


def test_nothing_written_otherwise_is_no_drift() -> None:
    """Providers write null, 0, false and the empty text for nothing."""
    before = {"a": None, "b": 0, "c": ""}
    assert drift("aws_ecs_cluster", before, {"a": 0, "b": None, "c": False}).drift == ()


def test_a_value_and_a_resource_that_is_gone_are_drift() -> None:
    """This holds for every type."""
    [changed] = attributes(drift("aws_cloudwatch_log_group", {"days": 7}, {"days": 90}))
    assert (changed.before, changed.after) == (7, 90)
    assert [each.action for each in drift("aws_route", {"id": "r"}, None).drift] == ["delete"]


@pytest.mark.parametrize("state", [None, 7, {"values": []}, {"values": {"root_module": {"resources": [3]}}}])
def test_a_state_of_another_shape_accounts_for_nothing(state: Any) -> None:
    """The plan is read all the same."""
    found = {"address": "a.x", "type": "a", "name": "x"}
    change = {"actions": ["update"], "before": {"v": 1}, "after": {"v": 2}}
    document = {"resource_drift": [found | {"change": change}], "prior_state": state}
    assert len(read_plan(document, stack="app").drift) == 1

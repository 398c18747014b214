"""What somebody added to a load balancer: listeners, rules that lead elsewhere, certificates, targets.

Ids are ARNs here. They are also in the state of resources whose creation did not finish, whose ARNs are not.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.terraform.additions.addition import Addition, Call, States
from wrapper.terraform.additions.kind import Asked, Item, Kind
from wrapper.terraform.additions.tasks import addresses

# The maximum of ARNs in one request for tags.
_MOST = 20


def _of_nobody(key: str) -> Any:
    """Leave out what another environment of the project has put there, which uses the load balancer."""

    def left(aws: Aws, states: States, asked: Asked, items: Sequence[Item]) -> Iterator[Item]:
        added = {each[key]: each for each in items}
        for start in range(0, len(added), _MOST):
            arns = list(added)[start : start + _MOST]
            for each in aws.elbv2.describe_tags(ResourceArns=arns)["TagDescriptions"]:
                if not states.is_of_neighbour(tags_of(each.get("Tags", []))):
                    yield added[each["ResourceArn"]]

    return left


def _but_the_default(aws: Aws, states: States, asked: Asked, items: Sequence[Item]) -> Iterator[Item]:
    added = [each for each in items if not each["IsDefault"]]
    yield from _of_nobody("RuleArn")(aws, states, asked, added)


def _targets(actions: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(each.get("TargetGroupArn") or each["Type"]) for each in actions]


def _door(listener: Item) -> str:
    return f"{listener.get('Protocol')} {listener.get('Port')}"


def of_target_groups(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    """Find targets that are no task of our services; the target is asked for first, as ECS adds it last."""
    declared = states.declared("aws_lb_target_group_attachment", "target_id")
    found = [
        (group, each["Target"])
        for group in states.of_type("aws_lb_target_group", stack=stack)
        for each in _registered(aws, group.values["id"])
        if each["Target"]["Id"] not in declared and each["TargetHealth"].get("State") != "draining"
    ]
    ours = addresses(aws, states.declared("aws_ecs_service", "cluster")) if found else set()
    for group, target in found:
        if target["Id"] not in ours:
            where = f"{target['Id']}:{target.get('Port')}"
            yield group.with_(
                attribute="target",
                content=where,
                sentence=f"the target {where}, which is no task",
                opens=True,
                undo=Call(
                    "elbv2",
                    "deregister_targets",
                    {"TargetGroupArn": group.values["id"], "Targets": [target]},
                ),
            )


def _registered(aws: Aws, group: str) -> Sequence[Any]:
    try:
        return aws.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    except aws.elbv2.exceptions.TargetGroupNotFoundException:
        return []


KINDS = (
    Kind(
        of="aws_lb",
        by="id",
        attribute="listener",
        client="elbv2",
        read="describe_listeners",
        listed="Listeners",
        asked=lambda balancer: {"LoadBalancerArn": balancer},
        name=lambda each: each["ListenerArn"],
        declared_by=("aws_lb_listener", "id", None),
        left=_of_nobody("ListenerArn"),
        content=lambda each: {"listener": _door(each), "actions": _targets(each["DefaultActions"])},
        sentence=lambda each: f"the listener {_door(each)}",
        opens=True,
        drop="delete_listener",
        undo=lambda _, each: {"ListenerArn": each["ListenerArn"]},
    ),
    Kind(
        of="aws_lb_listener",
        by="id",
        attribute="rule",
        client="elbv2",
        read="describe_rules",
        listed="Rules",
        asked=lambda listener: {"ListenerArn": listener},
        name=lambda each: each["RuleArn"],
        declared_by=("aws_lb_listener_rule", "id", None),
        left=_but_the_default,
        content=lambda each: {"priority": each["Priority"], "actions": _targets(each["Actions"])},
        sentence=lambda each: f"the rule with priority {each['Priority']}",
        opens=True,
        drop="delete_rule",
        undo=lambda _, each: {"RuleArn": each["RuleArn"]},
    ),
    Kind(
        of="aws_lb_listener",
        where={"protocol": "HTTPS"},
        by="id",
        attribute="certificate",
        client="elbv2",
        read="describe_listener_certificates",
        listed="Certificates",
        asked=lambda listener: {"ListenerArn": listener},
        name=lambda each: each["CertificateArn"],
        declared_by=("aws_lb_listener_certificate", "certificate_arn", "listener_arn"),
        left=lambda aws, states, asked, items: [each for each in items if not each.get("IsDefault")],
        content=lambda each: each["CertificateArn"],
        sentence=lambda each: f"the certificate {each['CertificateArn']}",
        opens=False,
        drop="remove_listener_certificates",
        undo=lambda asked, each: {
            **asked,
            "Certificates": [{"CertificateArn": each["CertificateArn"]}],
        },
    ),
    of_target_groups,
)

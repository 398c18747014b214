"""What somebody added to a load balancer: listeners, and rules that lead elsewhere.

Ids are ARNs here. They are also in the state of resources whose creation did not finish, whose ARNs are not.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.terraform.additions.addition import Addition, Call, States

# The maximum of ARNs in one request for tags.
_MOST = 20


def of_balancers(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    ours = states.declared("aws_lb_listener", "id")
    for balancer in states.of_type("aws_lb", stack=stack):
        try:
            pages = aws.elbv2.get_paginator("describe_listeners").paginate(
                LoadBalancerArn=balancer.values["id"]
            )
            found = [each for page in pages for each in page["Listeners"]]
        except aws.elbv2.exceptions.LoadBalancerNotFoundException:
            continue  # Terraform reports that it is gone
        added = {each["ListenerArn"]: each for each in found if each["ListenerArn"] not in ours}
        for arn in _of_nobody(aws, states, list(added)):
            door = f"{added[arn].get('Protocol')} {added[arn].get('Port')}"
            yield balancer.with_(
                attribute="listener",
                content={"listener": door, "actions": _targets(added[arn]["DefaultActions"])},
                sentence=f"the listener {door}",
                opens=True,
                undo=Call("elbv2", "delete_listener", {"ListenerArn": arn}),
            )


def of_listeners(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    ours = states.declared("aws_lb_listener_rule", "id")
    for listener in states.of_type("aws_lb_listener", stack=stack):
        try:
            pages = aws.elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener.values["id"])
            found = [each for page in pages for each in page["Rules"] if not each["IsDefault"]]
        except aws.elbv2.exceptions.ListenerNotFoundException:
            continue
        added = {each["RuleArn"]: each for each in found if each["RuleArn"] not in ours}
        for arn in _of_nobody(aws, states, list(added)):
            priority = added[arn]["Priority"]
            yield listener.with_(
                attribute="rule",
                content={"priority": priority, "actions": _targets(added[arn]["Actions"])},
                sentence=f"the rule with priority {priority}",
                opens=True,
                undo=Call("elbv2", "delete_rule", {"RuleArn": arn}),
            )


def _of_nobody(aws: Aws, states: States, arns: Sequence[str]) -> Iterator[str]:
    """Leave out what another environment of the project has added, which uses the load balancer."""
    for start in range(0, len(arns), _MOST):
        told = aws.elbv2.describe_tags(ResourceArns=arns[start : start + _MOST])["TagDescriptions"]
        for each in told:
            if not states.is_of_neighbour(tags_of(each.get("Tags", []))):
                yield each["ResourceArn"]


def _targets(actions: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(each.get("TargetGroupArn") or each["Type"]) for each in actions]

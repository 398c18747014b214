"""How a service's requests are shared out between slots or variants, read and changed in the rules."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from wrapper.aws.client import Aws, code_of, explained
from wrapper.terraform.outputs import ServiceOutput

if TYPE_CHECKING:
    from types_boto3_elbv2.type_defs import (
        ActionTypeDef,
        ForwardActionConfigTypeDef,
        RuleTypeDef,
        TargetGroupTupleTypeDef,
    )

WHOLE = 100


def weights(aws: Aws, rule_arns: Sequence[str]) -> dict[str, int]:
    """Return the weight of each target group that a service's rules lead to; none if the rules are gone.

    Rules that somebody was ended at changing one after the other are taken at the first one's word.
    """
    from botocore.exceptions import ClientError

    if not rule_arns:
        return {}
    with explained():
        try:
            found = aws.elbv2.describe_rules(RuleArns=[rule_arns[0]])["Rules"]
        except ClientError as error:
            if code_of(error) in {"RuleNotFound", "RuleNotFoundException"}:
                return {}
            raise
    return _weights(found[0]) if found else {}


def give(aws: Aws, output: ServiceOutput, slot: str, share: int) -> None:
    """Give one of two slots a share in percent, and the other the rest."""
    weights = {
        there.target_group_arn: share if name == slot else WHOLE - share
        for name, there in output.slots.items()
    }
    shift(aws, output.rule_arns, weights)


def shift(
    aws: Aws, rule_arns: Sequence[str], shares: Mapping[str, int], *, sticky_seconds: int | None = None
) -> None:
    """Give each target group its weight, in every rule of the service; a rule changes at once and whole.

    For `sticky_seconds` a cookie keeps a caller with the group that answered first.
    """
    groups: list[TargetGroupTupleTypeDef] = [
        {"TargetGroupArn": arn, "Weight": weight} for arn, weight in shares.items()
    ]
    forward: ForwardActionConfigTypeDef = {"TargetGroups": groups}
    if sticky_seconds is not None and len(groups) > 1:
        forward["TargetGroupStickinessConfig"] = {"Enabled": True, "DurationSeconds": sticky_seconds}
    with explained():
        for arn in rule_arns:
            action: ActionTypeDef = {"Type": "forward", "ForwardConfig": forward}
            aws.elbv2.modify_rule(RuleArn=arn, Actions=[action])


def without(aws: Aws, rule_arns: Sequence[str], group_arn: str) -> None:
    """Let the rules lead to a target group no more, if it gets requests and others beside it do.

    A weight of 0 is not enough: callers with a cookie would still come.
    """
    from botocore.exceptions import ClientError

    with explained():
        try:
            found = aws.elbv2.describe_rules(RuleArns=[*rule_arns])["Rules"]
        except ClientError as error:
            if code_of(error) in {"RuleNotFound", "RuleNotFoundException"}:
                return
            raise
    for rule in found:
        there = _weights(rule)
        rest = {arn: weight for arn, weight in there.items() if arn != group_arn}
        if there.get(group_arn) and any(rest.values()):
            shift(aws, [rule.get("RuleArn", "")], rest, sticky_seconds=_sticky_seconds(rule))


def _weights(rule: "RuleTypeDef") -> dict[str, int]:
    [action] = [each for each in rule.get("Actions", []) if each.get("Type") == "forward"]
    groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if not groups and (alone := action.get("TargetGroupArn")):
        return {alone: WHOLE}
    return {each.get("TargetGroupArn", ""): each.get("Weight", 1) for each in groups}


def _sticky_seconds(rule: "RuleTypeDef") -> int | None:
    [action] = [each for each in rule.get("Actions", []) if each.get("Type") == "forward"]
    sticky = action.get("ForwardConfig", {}).get("TargetGroupStickinessConfig", {})
    return sticky.get("DurationSeconds") if sticky.get("Enabled") else None

"""Permissions that would be too wide."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.values import COMING, GOING, blocks, items, of_type
from wrapper.terraform.plan import Action, Mask, Plan, ResourceChange

_PAGE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"
_POLICIES = ("aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy")
_ATTACHMENTS = (
    "aws_iam_role_policy_attachment",
    "aws_iam_user_policy_attachment",
    "aws_iam_policy_attachment",
)
# The resource types that give a role permissions.
_RIGHTS = ("aws_iam_role_policy", "aws_iam_role_policy_attachment")
_MADE = (Action.CREATE, Action.REPLACE)
_PASSING = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"
# AWS has no narrower resource for these, nor for most actions that list and describe.
_DESCRIBES = re.compile(r"[a-z0-9-]+:(Describe|List)\w+")
_FOR_ALL = {"ecr:GetAuthorizationToken", "sts:GetCallerIdentity", "xray:PutTraceSegments"}


class Wildcard(NamedTuple):
    action: str
    resource: str

    @property
    def level(self) -> Level:
        return Level.BLOCK if (self.action, self.resource) == ("*", "*") else Level.WARN


def iam_wildcard(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find statements that newly allow every action, every action of a service, or every resource."""
    for resource in of_type(plan, COMING, *_POLICIES, "aws_iam_role"):
        for wide in sorted(_wildcards(resource.after) - _wildcards(resource.before)):
            sentence = f"It allows {wide.action} on {wide.resource}."
            yield _finding(resource, wide.level, sentence)
        if (resource.after or {}).get("policy") == Mask.UNKNOWN:
            yield _finding(resource, Level.NOTE, "Its policy is known after the apply and was not checked.")


def administrator(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find AWS's policy for full access being attached."""
    for resource in of_type(plan, COMING, *_ATTACHMENTS):
        if str((resource.after or {}).get("policy_arn")).endswith("/AdministratorAccess"):
            yield _finding(resource, Level.BLOCK, "It allows everything (AdministratorAccess).")


def rights_gap(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find permissions of a role that are deleted before others are created: a task meanwhile has neither."""
    going = {(each.before or {}).get("name") for each in of_type(plan, GOING, "aws_iam_role")}
    coming = {(each.after or {}).get("role") for each in of_type(plan, _MADE, *_RIGHTS)}
    for resource in of_type(plan, GOING, *_RIGHTS):
        role = (resource.before or {}).get("role")
        if role in coming and role not in going and not resource.create_first:
            yield Finding(
                rule="interruption",
                level=Level.WARN,
                address=resource.address,
                sentence="It is destroyed before its successor exists: meanwhile tasks lack the permissions.",
                page=_PASSING,
            )


def _finding(resource: ResourceChange, level: Level, sentence: str) -> Finding:
    return Finding(rule="iam-wildcard", level=level, address=resource.address, sentence=sentence, page=_PAGE)


def _wildcards(values: Mapping[str, Any] | None) -> set[Wildcard]:
    policies = [*blocks(values, "policy")]
    for inline in blocks(values, "inline_policy"):
        policies += blocks(inline, "policy")
    statements = [each for policy in policies for each in blocks(policy, "Statement")]
    return {
        Wildcard(str(action), str(resource))
        for statement in statements
        if statement.get("Effect") == "Allow"
        for action in items(statement.get("Action"))
        for resource in items(statement.get("Resource"))
        if _is_wide(str(action), str(resource))
    }


def _is_wide(action: str, resource: str) -> bool:
    if action == "*" or action.endswith(":*"):
        return True
    return resource == "*" and action not in _FOR_ALL and not _DESCRIBES.fullmatch(action)

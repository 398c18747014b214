"""What somebody added to a role: inline policies and attached policies."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.terraform.additions.addition import Addition, Call, States, Thing


def of_roles(aws: Aws, states: States, stack: str) -> Iterator[Addition]:
    for role in states.of_type("aws_iam_role", stack=stack):
        try:
            yield from _written(aws, states, role)
            yield from _attached(aws, states, role)
        except aws.iam.exceptions.NoSuchEntityException:
            continue  # Terraform reports that it is gone


def _written(aws: Aws, states: States, role: Thing) -> Iterator[Addition]:
    name = role.values["name"]
    ours = states.declared("aws_iam_role_policy", "name", role=name)
    for page in aws.iam.get_paginator("list_role_policies").paginate(RoleName=name):
        for policy in set(page["PolicyNames"]) - ours:
            document = aws.iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
            yield role.with_(
                attribute="inline_policy",
                content={"name": policy, "policy": document},
                sentence=f"the inline policy {policy}",
                opens=True,
                undo=Call("iam", "delete_role_policy", {"RoleName": name, "PolicyName": policy}),
            )


def _attached(aws: Aws, states: States, role: Thing) -> Iterator[Addition]:
    name = role.values["name"]
    ours = states.declared("aws_iam_role_policy_attachment", "policy_arn", role=name)
    for page in aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName=name):
        for arn in {each["PolicyArn"] for each in page["AttachedPolicies"]} - ours:
            yield role.with_(
                attribute="managed_policy_arns",
                content=arn,
                sentence=f"the attached policy {arn}",
                opens=True,
                undo=Call("iam", "detach_role_policy", {"RoleName": name, "PolicyArn": arn}),
            )

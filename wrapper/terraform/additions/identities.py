"""What somebody added to a role: inline policies and attached policies."""

from collections.abc import Iterator, Sequence

from wrapper.aws.client import Aws
from wrapper.terraform.additions.addition import States
from wrapper.terraform.additions.kind import Asked, Item, Kind


def _with_document(aws: Aws, states: States, asked: Asked, items: Sequence[Item]) -> Iterator[Item]:
    for name in items:
        yield aws.iam.get_role_policy(RoleName=asked["RoleName"], PolicyName=name)


KINDS = (
    Kind(
        of="aws_iam_role",
        by="name",
        attribute="inline_policy",
        client="iam",
        read="list_role_policies",
        listed="PolicyNames",
        asked=lambda role: {"RoleName": role},
        name=lambda each: each,
        declared_by=("aws_iam_role_policy", "name", "role"),
        left=_with_document,
        content=lambda each: {"name": each["PolicyName"], "policy": each["PolicyDocument"]},
        sentence=lambda each: f"the inline policy {each['PolicyName']}",
        opens=True,
        drop="delete_role_policy",
        undo=lambda asked, each: {**asked, "PolicyName": each["PolicyName"]},
    ),
    Kind(
        of="aws_iam_role",
        by="name",
        attribute="managed_policy_arns",
        client="iam",
        read="list_attached_role_policies",
        listed="AttachedPolicies",
        asked=lambda role: {"RoleName": role},
        name=lambda each: each["PolicyArn"],
        declared_by=("aws_iam_role_policy_attachment", "policy_arn", "role"),
        content=lambda each: each["PolicyArn"],
        sentence=lambda each: f"the attached policy {each['PolicyArn']}",
        opens=True,
        drop="detach_role_policy",
        undo=lambda asked, each: {**asked, "PolicyArn": each["PolicyArn"]},
    ),
)

"""Collectors of IAM: roles, policies and instance profiles."""

from collections.abc import Iterator

from wrapper.aws.client import Aws
from wrapper.aws.tags import tags_of
from wrapper.inventory.collector import Kind, collects
from wrapper.inventory.resource import Resource, Scope

ROLE = Kind(
    "iam",
    "role",
    arns=("iam:role",),
    types=("aws_iam_role", "aws_iam_role_policy", "aws_iam_role_policy_attachment"),
)


@collects(ROLE)
def roles(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List roles by name. IAM returns tags one role at a time, so only those of matching names are read."""
    for role in named_roles(aws, scope):
        tags = role_tags(aws, role.name)
        if tags is not None and scope.owns(role.name, tags=tags):
            yield role


@collects(ROLE)
def named_roles(aws: Aws, scope: Scope) -> Iterator[Resource]:
    """List roles with a name of the environment, also those of others."""
    for page in aws.iam.get_paginator("list_roles").paginate():
        for item in page["Roles"]:
            name, arn = item["RoleName"], item["Arn"]
            if scope.owns(name, arn=arn):
                yield Resource(service="iam", kind="role", name=name, arn=arn)


@collects(Kind("iam", "policy", arns=("iam:policy",), types=("aws_iam_policy",)))
def policies(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.iam.get_paginator("list_policies").paginate(Scope="Local"):
        for item in page["Policies"]:
            name, arn = item.get("PolicyName", ""), item.get("Arn", "")
            tags = _policy_tags(aws, arn) if scope.owns(name) else None
            if tags is not None and scope.owns(name, tags=tags):
                yield Resource(service="iam", kind="policy", name=name, arn=arn)


@collects(
    Kind("iam", "instance profile", arns=("iam:instance-profile",), types=("aws_iam_instance_profile",))
)
def instance_profiles(aws: Aws, scope: Scope) -> Iterator[Resource]:
    for page in aws.iam.get_paginator("list_instance_profiles").paginate():
        for item in page["InstanceProfiles"]:
            name = item["InstanceProfileName"]
            tags = _profile_tags(aws, name) if scope.owns(name) else None
            if tags is not None and scope.owns(name, tags=tags):
                yield Resource(service="iam", kind="instance profile", name=name, arn=item["Arn"])


# An account has it once, for all environments: no destroy deletes it, whatever its tags.
OF_THE_ACCOUNT = Kind(
    "iam",
    "identity provider",
    arns=("iam:oidc-provider",),
    types=("aws_iam_openid_connect_provider", "aws_iam_service_linked_role"),
)


def role_tags(aws: Aws, name: str) -> dict[str, str] | None:
    """Return a role's tags; None if it was deleted, although a list still has it."""
    try:
        pages = aws.iam.get_paginator("list_role_tags").paginate(RoleName=name)
        return tags_of([tag for page in pages for tag in page["Tags"]])
    except aws.iam.exceptions.NoSuchEntityException:
        return None


def _policy_tags(aws: Aws, arn: str) -> dict[str, str] | None:
    try:
        pages = aws.iam.get_paginator("list_policy_tags").paginate(PolicyArn=arn)
        return tags_of([tag for page in pages for tag in page["Tags"]])
    except aws.iam.exceptions.NoSuchEntityException:
        return None


def _profile_tags(aws: Aws, name: str) -> dict[str, str] | None:
    try:
        pages = aws.iam.get_paginator("list_instance_profile_tags").paginate(InstanceProfileName=name)
        return tags_of([tag for page in pages for tag in page["Tags"]])
    except aws.iam.exceptions.NoSuchEntityException:
        return None

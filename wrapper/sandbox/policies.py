"""The roles of an environment as IAM has them: who may assume each, and what it may do."""

from collections.abc import Iterator, Mapping
from typing import Any

from wrapper.aws.client import Aws, explained

Role = Mapping[str, Any]


def roles_of(aws: Aws, *, prefix: str) -> dict[str, Role]:
    """Return each role whose name begins so: `trust`, its trust policy, and `policies`, documents by name."""
    with explained():
        pages = aws.iam.get_paginator("list_roles").paginate()
        found = [role for page in pages for role in page["Roles"]]
        return {
            role["RoleName"]: {
                "trust": role["AssumeRolePolicyDocument"],
                "policies": dict(_policies(aws, role["RoleName"])),
            }
            for role in sorted(found, key=lambda role: role["RoleName"])
            if role["RoleName"].startswith(f"{prefix}-")
        }


def _policies(aws: Aws, role: str) -> Iterator[tuple[str, Any]]:
    for page in aws.iam.get_paginator("list_role_policies").paginate(RoleName=role):
        for name in page["PolicyNames"]:
            yield name, aws.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    for attached_page in aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName=role):
        for attached in attached_page["AttachedPolicies"]:
            arn = attached["PolicyArn"]
            version = aws.iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
            found = aws.iam.get_policy_version(PolicyArn=arn, VersionId=version)
            yield attached["PolicyName"], found["PolicyVersion"]["Document"]

"""Every policy of a whole environment: no action is a pattern, and `*` only where AWS requires it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import tftest

from tests.terraform.authorization import unmatched
from tests.terraform.examples import FOUNDATION, PRODUCTION, VARIANTS, Values, changed
from tests.terraform.policies import listed
from tests.terraform.roots import Roots

# Resource type, action and resource that a policy may name, each with its reason.
ALLOWED = {
    ("aws_iam_role_policy", "ecr:GetAuthorizationToken", "*"): "a token is the account's, not a repository's",
    ("aws_iam_role_policy", "logs:DescribeLogGroups", "*"): "AWS allows it on no single group",
    ("aws_iam_role_policy", "ssmmessages:CreateControlChannel", "*"): "a session's channel is no resource",
    ("aws_iam_role_policy", "ssmmessages:CreateDataChannel", "*"): "a session's channel is no resource",
    ("aws_iam_role_policy", "ssmmessages:OpenControlChannel", "*"): "a session's channel is no resource",
    ("aws_iam_role_policy", "ssmmessages:OpenDataChannel", "*"): "a session's channel is no resource",
    ("aws_kms_key", "kms:*", "*"): "in a key's policy * is that key; its account must administer it",
    ("aws_kms_key", "kms:Decrypt", "*"): "in a key's policy * is that key",
    ("aws_kms_key", "kms:GenerateDataKey", "*"): "in a key's policy * is that key",
}
PLANS: dict[str, tuple[str, Values]] = {
    "production": ("stacks/app", PRODUCTION),
    "variants": ("stacks/app", VARIANTS),
    "foundation": (
        "stacks/foundation",
        changed(
            FOUNDATION,
            access_logs={"retention_days": 30},
            images={"readers": ["210987654321"]},
        ),
    ),
}


@dataclass(frozen=True)
class Statement:
    """A policy's statement; resources that AWS decides later are missing, but never actions."""

    address: str
    kind: str
    body: dict[str, Any]

    def values(self, *names: str) -> list[str]:
        """Return actions or resources, under Terraform's or IAM's key."""
        return [value for name in names for value in listed(self.body.get(name) or [])]


def statements(plan: tftest.TerraformPlanOutput) -> Iterator[Statement]:
    """Read every policy: known ones, and the documents of those that are computed during the apply."""
    for address, change in plan.resource_changes.items():
        after = change["change"]["after"] or {}
        if change["type"] == "aws_iam_policy_document":
            yield from (Statement(address, _user(address), body) for body in after.get("statement") or [])
        for name, value in after.items():
            if name.endswith("policy") and isinstance(value, str) and '"Statement"' in value:
                found = json.loads(value)["Statement"]
                yield from (Statement(address, change["type"], body) for body in found)


def _user(address: str) -> str:
    """Return what kind of resource a document is for: IAM's own, or a key's."""
    return "aws_kms_key" if address.endswith("aws_iam_policy_document.key") else "aws_iam_role_policy"


def _grants(plan: tftest.TerraformPlanOutput) -> Iterator[tuple[Statement, str, str]]:
    """Yield what is allowed, without trust policies and denials, which grant nothing."""
    for statement in statements(plan):
        if statement.body.get("Effect", statement.body.get("effect")) != "Deny":
            for action in statement.values("Action", "actions"):
                for resource in statement.values("Resource", "resources") or [""]:
                    yield statement, action, resource


@pytest.fixture(scope="module")
def plans(roots: Roots) -> dict[str, tftest.TerraformPlanOutput]:
    return {name: roots(root).plan(values) for name, (root, values) in PLANS.items()}


@pytest.fixture(params=sorted(PLANS))
def plan(
    plans: dict[str, tftest.TerraformPlanOutput], request: pytest.FixtureRequest
) -> tftest.TerraformPlanOutput:
    found: tftest.TerraformPlanOutput = plans[request.param]
    return found


def test_no_policy_allows_more_than_it_must(plan: tftest.TerraformPlanOutput) -> None:
    """Each wildcard has its line in the list, with a reason."""
    found = {
        (statement.kind, action, resource)
        for statement, action, resource in _grants(plan)
        if "*" in action or resource == "*"
    }
    assert found - ALLOWED.keys() == set()


def test_aws_can_allow_what_is_granted(plan: tftest.TerraformPlanOutput) -> None:
    """An action is granted on a resource type that AWS supports for it; on others it would be denied."""
    for statement, action, resource in _grants(plan):
        # Resources of the same apply have no ARN yet; a resource's own policy is about that resource.
        if statement.kind == "aws_iam_role_policy" and resource and "*" not in action:
            said = unmatched(action, [resource])
            assert said is None, f"{statement.address}: {action} on {resource} {said}"


def test_nobody_but_those_named_is_allowed(plan: tftest.TerraformPlanOutput) -> None:
    """No policy of a bucket, a queue, a topic or a role allows everybody."""
    for statement in statements(plan):
        if statement.body.get("Effect", statement.body.get("effect")) == "Allow":
            assert statement.body.get("Principal") != "*", statement.address
            for principal in statement.body.get("principals") or []:
                assert "*" not in principal["identifiers"], statement.address


def test_every_policy_is_read(plan: tftest.TerraformPlanOutput) -> None:
    """A policy that is known only after the apply has its document among those that were read."""
    read = {statement.address for statement in statements(plan)}
    for address, change in plan.resource_changes.items():
        unknown = change["change"].get("after_unknown") or {}
        # For other types, such as a topic, `policy` is AWS's default if none is given.
        is_policy = change["type"].endswith("_policy") or change["type"] == "aws_kms_key"
        if is_policy and unknown.get("policy") is True:
            module = address.rpartition(".")[0].rpartition(".")[0]
            documents = [each for each in read if each.startswith(f"{module}.data.aws_iam_policy_document.")]
            assert documents, address


def test_every_line_of_the_list_is_needed(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """A line that no plan needs any more must be deleted."""
    used = {
        (statement.kind, action, resource)
        for plan in plans.values()
        for statement, action, resource in _grants(plan)
    }
    assert ALLOWED.keys() <= used

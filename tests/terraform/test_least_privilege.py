"""Every policy of a whole environment: no action is a pattern, no resource all, unless AWS wants it so."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import tftest

from tests.terraform.authorization import unmatched
from tests.terraform.conftest import Roots
from tests.terraform.examples import FOUNDATION, PRODUCTION, VARIANTS, Values, changed
from tests.terraform.policies import listed

# Type of the resource, action and resource that a policy may name, each with its reason.
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
    """What a policy says; of what AWS decides later, resources are missing, but never actions."""

    address: str
    kind: str
    body: dict[str, Any]

    def values(self, *names: str) -> list[str]:
        """Return actions or resources, as a document of Terraform's or of IAM's calls them."""
        return [value for name in names for value in listed(self.body.get(name) or [])]


def statements(plan: tftest.TerraformPlanOutput) -> Iterator[Statement]:
    """Read every policy: those that are known, and the documents of those that are worked out at apply."""
    for address, change in plan.resource_changes.items():
        after = change["change"]["after"] or {}
        if change["type"] == "aws_iam_policy_document":
            yield from (Statement(address, _user(address), body) for body in after.get("statement") or [])
        for name, value in after.items():
            if name.endswith("policy") and isinstance(value, str) and '"Statement"' in value:
                found = json.loads(value)["Statement"]
                yield from (Statement(address, change["type"], body) for body in found)


def _user(address: str) -> str:
    """Say what kind of resource a document is for: IAM's own, or a key's."""
    return "aws_kms_key" if address.endswith("aws_iam_policy_document.key") else "aws_iam_role_policy"


def _grants(plan: tftest.TerraformPlanOutput) -> Iterator[tuple[Statement, str, str]]:
    """Yield what is allowed; a policy about who assumes a role, or is denied, grants nothing."""
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
    """An action is granted on a kind of resource that AWS judges it on; on any other it would be denied."""
    for statement, action, resource in _grants(plan):
        # What the same apply makes has no ARN yet; a resource's own policy is about that one.
        if statement.kind == "aws_iam_role_policy" and resource and "*" not in action:
            said = unmatched(action, [resource])
            assert said is None, f"{statement.address}: {action} on {resource} {said}"


def test_nobody_but_those_named_is_allowed(plan: tftest.TerraformPlanOutput) -> None:
    """No policy of a bucket, a queue, a topic or a role lets everybody in."""
    for statement in statements(plan):
        if statement.body.get("Effect", statement.body.get("effect")) == "Allow":
            assert statement.body.get("Principal") != "*", statement.address
            for principal in statement.body.get("principals") or []:
                assert "*" not in principal["identifiers"], statement.address


def test_every_policy_is_read(plan: tftest.TerraformPlanOutput) -> None:
    """A policy that is known after the apply only has its document among what was read."""
    read = {statement.address for statement in statements(plan)}
    for address, change in plan.resource_changes.items():
        unknown = change["change"].get("after_unknown") or {}
        # Of others, such as a topic, `policy` is what AWS gives them where they have none of their own.
        is_policy = change["type"].endswith("_policy") or change["type"] == "aws_kms_key"
        if is_policy and unknown.get("policy") is True:
            module = address.rpartition(".")[0].rpartition(".")[0]
            documents = [each for each in read if each.startswith(f"{module}.data.aws_iam_policy_document.")]
            assert documents, address


def test_every_line_of_the_list_is_needed(plans: dict[str, tftest.TerraformPlanOutput]) -> None:
    """What no plan asks for any more is not allowed any more."""
    used = {
        (statement.kind, action, resource)
        for plan in plans.values()
        for statement, action, resource in _grants(plan)
    }
    assert ALLOWED.keys() <= used

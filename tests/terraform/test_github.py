"""The roles of GitHub's workflows: who gets them, and what they may do."""

import json

import pytest
import tftest

from tests.terraform.conftest import Roots
from tests.terraform.examples import COMMON
from tests.terraform.policies import allowed, is_read, listed, policies
from tests.terraform.roots import planned

# Actions that AWS allows on no single resource, beside what lists and describes.
WITHOUT_RESOURCE = {
    "cloudtrail:LookupEvents": "events are the account's",
    "cloudwatch:GetMetricStatistics": "metrics have no ARN",
    "ecr:CreatePullThroughCacheRule": "caches are the registry's, that is the account's",
    "ecr:DeletePullThroughCacheRule": "as above",
    "ecr:PutReplicationConfiguration": "the registry has one",
    "ecr:GetAuthorizationToken": "a token is the account's, not a repository's",
    "ecs:DeregisterTaskDefinition": "AWS knows no resource type for it",
    "servicequotas:GetServiceQuota": "quotas are the account's",
    "tag:GetResources": "the tagging API looks at all services",
}
LONGEST_POLICY = 6144
ROLE = "arn:aws:iam::123456789012:role/shop-dev-"


@pytest.fixture(scope="module")
def github(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of the roles for one repository."""
    return roots("stacks/github").plan({**COMMON, "github": {"repository": "example/shop"}})


def test_only_the_repositorys_own_workflows_plan(github: tftest.TerraformPlanOutput) -> None:
    """The branch may publish; a job of the environment, which asks for approval, may apply."""
    subjects = {}
    for values in planned(github, "aws_iam_role").values():
        [statement] = json.loads(values["assume_role_policy"])["Statement"]
        conditions = statement["Condition"]["StringEquals"]
        assert conditions["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
        subjects[values["name"]] = sorted(listed(conditions["token.actions.githubusercontent.com:sub"]))
    assert subjects == {
        "shop-dev-github-plan": ["repo:example/shop:pull_request", "repo:example/shop:ref:refs/heads/main"],
        "shop-dev-github-publish": ["repo:example/shop:ref:refs/heads/main"],
        "shop-dev-github-apply": ["repo:example/shop:environment:dev"],
    }


def test_no_action_is_a_pattern(github: tftest.TerraformPlanOutput) -> None:
    """And no resource is `*`, unless AWS knows no narrower one."""
    for _, action, resource in allowed(github):
        assert "*" not in action
        verb = action.partition(":")[2]
        if resource == "*" and not verb.startswith(("Describe", "List")):
            assert action in WITHOUT_RESOURCE


def test_the_plan_role_changes_nothing(github: tftest.TerraformPlanOutput) -> None:
    """Beside the reads it may take and release the lock."""
    writing = {
        (action, resource)
        for policy, action, resource in allowed(github)
        if policy in ("shop-dev-github-read", "lock-state") and not is_read(action)
    }
    lock = "arn:aws:s3:::shop-dev-state-123456789012/*.tflock"
    assert writing == {("s3:PutObject", lock), ("s3:DeleteObject", lock)}


def test_the_publish_role_adds_data_only(github: tftest.TerraformPlanOutput) -> None:
    """Images, models and the state are all that a merge may touch before somebody agrees."""
    attached = planned(github, "aws_iam_role_policy_attachment")
    assert [address for address in attached if address.endswith(".publish")] != []
    touched = {
        action.partition(":")[0] for policy, action, _ in allowed(github) if policy.endswith("github-data")
    }
    assert touched == {"ecr", "s3"}


def test_no_role_reads_secrets(github: tftest.TerraformPlanOutput) -> None:
    """Whoever deploys names secrets; their values are the tasks' affair."""
    secret = {"secretsmanager:GetSecretValue", "ssm:GetParameter", "ssm:GetParameters", "kms:Decrypt"}
    assert not secret & {action for _, action, _ in allowed(github)}


def test_the_apply_role_leaves_its_own_rights(github: tftest.TerraformPlanOutput) -> None:
    """Roles of the environment may be made and handed over, but not the workflows' own."""
    [denied] = [each for each in policies(github)["limits"] if each["Effect"] == "Deny"]
    assert f"{ROLE}github-*" in denied["Resource"]
    assert {"iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PassRole", "iam:UpdateAssumeRolePolicy"} <= set(
        denied["Action"]
    )


def test_policies_fit(github: tftest.TerraformPlanOutput) -> None:
    """AWS takes 6,144 characters a policy, and ten policies a role."""
    found = planned(github, "aws_iam_policy").values()
    assert len(found) <= 10
    for values in found:
        assert len(json.dumps(json.loads(values["policy"]), separators=(",", ":"))) <= LONGEST_POLICY


def test_an_account_has_one_provider(roots: Roots, github: tftest.TerraformPlanOutput) -> None:
    """It is made, unless another environment has made it."""
    assert len(planned(github, "aws_iam_openid_connect_provider")) == 1
    arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    values = {"repository": "example/shop", "provider_arn": arn}
    plan = roots("stacks/github").plan({**COMMON, "github": values})
    assert not planned(plan, "aws_iam_openid_connect_provider")

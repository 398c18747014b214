"""What belongs to the account is in a stack of its own."""

import pytest
import tftest

from tests.terraform.roots import TERRAFORM, Roots, only, planned

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def account(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of an account with image copies of two environments, to a region and to an account."""
    copies = [
        {"prefixes": ["shop-prod/"], "destinations": [{"region": "eu-central-1", "account_id": ACCOUNT}]},
        {"prefixes": ["blog-prod/"], "destinations": [{"region": "eu-west-1", "account_id": "210987654321"}]},
    ]
    return roots("stacks/account").plan(
        {
            "account_id": ACCOUNT,
            "region": "eu-west-1",
            "github_audiences": ["sts.amazonaws.com"],
            "replication": copies,
            "service_linked_roles": {"ecs.amazonaws.com": None},
        }
    )


def test_the_account_has_one_of_each(account: tftest.TerraformPlanOutput) -> None:
    """There is one OIDC provider, one list of copying rules, and one service-linked role for each service."""
    assert only(account, "aws_iam_openid_connect_provider")["client_id_list"] == ["sts.amazonaws.com"]
    assert only(account, "aws_iam_service_linked_role")["aws_service_name"] == "ecs.amazonaws.com"
    [configuration] = only(account, "aws_ecr_replication_configuration")["replication_configuration"]
    first, second = configuration["rule"]
    assert first["destination"] == [{"region": "eu-central-1", "registry_id": ACCOUNT}]
    assert first["repository_filter"] == [{"filter": "shop-prod/", "filter_type": "PREFIX_MATCH"}]
    assert second["destination"] == [{"region": "eu-west-1", "registry_id": "210987654321"}]


def test_what_others_need_cannot_be_destroyed() -> None:
    """Terraform itself refuses to destroy it."""
    code = (TERRAFORM / "modules" / "account" / "account.tf").read_text()
    for kind in ("aws_iam_openid_connect_provider", "aws_iam_service_linked_role"):
        block = code.partition(f'resource "{kind}"')[2].partition("\n}\n")[0]
        assert "prevent_destroy = true" in block


def test_no_environment_has_what_is_the_accounts(
    foundation: tftest.TerraformPlanOutput, app: tftest.TerraformPlanOutput, roots: Roots
) -> None:
    """Otherwise a destroy of one environment would delete it for all."""
    github = roots("stacks/github").plan(
        {
            "project": "shop",
            "environment": "dev",
            "region": "eu-west-1",
            "account_id": ACCOUNT,
            "github": {"repository": "example/shop"},
        }
    )
    for plan in (foundation, app, github):
        for kind in (
            "aws_ecr_registry_policy",
            "aws_ecr_registry_scanning_configuration",
            "aws_ecr_replication_configuration",
            "aws_iam_openid_connect_provider",
            "aws_iam_service_linked_role",
        ):
            assert not planned(plan, kind)

"""The resources of the stack foundation."""

import json
from typing import Any

import pytest
import tftest

from tests.terraform.examples import FOUNDATION, changed
from tests.terraform.roots import Roots, only, planned


@pytest.fixture(scope="module")
def sandbox(roots: Roots) -> tftest.TerraformPlanOutput:
    """The plan of a protected foundation in the sandbox."""
    return roots("stacks/foundation").plan(changed(FOUNDATION, sandbox=True, disposable=False))


def test_each_service_gets_a_repository(foundation: tftest.TerraformPlanOutput) -> None:
    """Repositories are named after project, environment and service."""
    repositories = planned(foundation, "aws_ecr_repository").values()
    assert sorted(each["name"] for each in repositories) == ["shop-dev/recommender", "shop-dev/search"]


def test_what_is_still_used_stays(roots: Roots) -> None:
    """A repository without a service stays while it is used, and so does the old bucket of models."""
    elsewhere = {"existing": {"bucket": "company-models"}}
    deferred = {"repositories": ["films"], "models": True}
    plan = roots("stacks/foundation").plan(changed(FOUNDATION, models=elsewhere, deferred_removals=deferred))
    names = {each["name"] for each in planned(plan, "aws_ecr_repository").values()}
    assert names == {"shop-dev/films", "shop-dev/recommender", "shop-dev/search"}
    assert len(planned(plan, "aws_s3_bucket")) == 1
    assert plan.outputs["model_bucket"]["name"] == "company-models"


def test_tags_are_immutable_and_images_scanned(foundation: tftest.TerraformPlanOutput) -> None:
    """A tag always means the image with which it was deployed."""
    for repository in planned(foundation, "aws_ecr_repository").values():
        assert repository["image_tag_mutability"] == "IMMUTABLE"
        assert repository["image_scanning_configuration"] == [{"scan_on_push": True}]
        assert repository["encryption_configuration"][0]["encryption_type"] == "AES256"


def selections(plan: tftest.TerraformPlanOutput) -> list[tuple[int, Any, Any, int]]:
    """Return one repository's lifecycle rules by priority: the tags of each, and its count."""
    policy, *_ = planned(plan, "aws_ecr_lifecycle_policy").values()
    rules = sorted(json.loads(policy["policy"])["rules"], key=lambda rule: rule["rulePriority"])
    return [
        (
            rule["rulePriority"],
            rule["selection"].get("tagPrefixList"),
            rule["selection"]["countType"],
            rule["selection"]["countNumber"],
        )
        for rule in rules
    ]


KEPT = (1, ["release-"], "imageCountMoreThan", 100_000)


def test_no_released_image_expires(foundation: tftest.TerraformPlanOutput, roots: Roots) -> None:
    """The first rule matches releases, so no other applies to them; the second matches every push."""
    assert selections(foundation) == [KEPT, (2, None, "sinceImagePushed", 14)]
    expiring = roots("stacks/foundation").plan(changed(FOUNDATION, images={"unreleased_days": 90}))
    assert selections(expiring) == [
        KEPT,
        (2, ["src-"], "sinceImagePushed", 90),
        (3, None, "sinceImagePushed", 14),
    ]


def test_registry_shares_what_it_is_told_to(foundation: tftest.TerraformPlanOutput, roots: Roots) -> None:
    """The named accounts may pull, and nothing else."""
    kinds = ("repository_policy", "pull_through_cache_rule")
    assert not any(planned(foundation, f"aws_ecr_{kind}") for kind in kinds)
    images = {
        "readers": ["210987654321"],
        "caches": {"quay": {"upstream": "quay.io"}},
    }
    plan = roots("stacks/foundation").plan(changed(FOUNDATION, services={"web": {}}, images=images))
    [statement] = json.loads(only(plan, "aws_ecr_repository_policy")["policy"])["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::210987654321:root"}
    assert sorted(statement["Action"]) == [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    ]
    assert only(plan, "aws_ecr_pull_through_cache_rule")["ecr_repository_prefix"] == "shop-dev/quay"


def test_bucket_is_private_versioned_and_encrypted(foundation: tftest.TerraformPlanOutput) -> None:
    """Nobody else reads models, and an overwritten one can be restored."""
    assert only(foundation, "aws_s3_bucket")["bucket"] == "shop-dev-models-123456789012"
    access = only(foundation, "aws_s3_bucket_public_access_block")
    assert all(value for key, value in access.items() if key.startswith(("block_", "ignore_", "restrict_")))
    [versioning] = only(foundation, "aws_s3_bucket_versioning")["versioning_configuration"]
    assert versioning["status"] == "Enabled"
    [rule] = only(foundation, "aws_s3_bucket_server_side_encryption_configuration")["rule"]
    assert rule["apply_server_side_encryption_by_default"][0]["sse_algorithm"] == "AES256"


def test_bucket_refuses_plain_http(foundation: tftest.TerraformPlanOutput) -> None:
    """The policy denies everything without TLS, for everybody."""
    [statement] = json.loads(only(foundation, "aws_s3_bucket_policy")["policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_bucket_forgets_what_is_not_current(foundation: tftest.TerraformPlanOutput) -> None:
    """Replaced objects and incomplete uploads expire; no rule deletes a current object."""
    [rule] = only(foundation, "aws_s3_bucket_lifecycle_configuration")["rule"]
    assert rule["noncurrent_version_expiration"][0]["noncurrent_days"] == 30
    assert rule["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]
    assert rule["expiration"] == []


def test_sandbox_has_no_expiry(sandbox: tftest.TerraformPlanOutput) -> None:
    """The emulator expires nothing, and each rule would make the first apply a minute longer."""
    assert not planned(sandbox, "aws_s3_bucket_lifecycle_configuration")


def test_only_a_disposable_environment_loses_its_data(
    foundation: tftest.TerraformPlanOutput, sandbox: tftest.TerraformPlanOutput
) -> None:
    """Otherwise AWS itself refuses to delete what is not empty."""
    for plan, disposable in ((foundation, True), (sandbox, False)):
        assert only(plan, "aws_s3_bucket")["force_destroy"] is disposable
        for repository in planned(plan, "aws_ecr_repository").values():
            assert repository["force_delete"] is disposable

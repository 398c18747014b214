"""What the roles of a delivery's workflows require from the wrapper."""

from pathlib import Path

import pytest

from tests.wrapper.stack import environment
from wrapper.aws.client import Aws
from wrapper.errors import PreconditionError
from wrapper.terraform import PlanFile, PlannedChange
from wrapper.terraform.plan import Summary
from wrapper.verbs.github import refuse_names_alike
from wrapper.verbs.publish import adds_places

PLACES = ['module.ecr["web"].aws_ecr_repository.images', 'module.ecr["api"].aws_ecr_repository.images']
RULES = 'module.ecr["web"].aws_ecr_lifecycle_policy.images[0]'
CACHE = 'module.ecr_registry.aws_ecr_pull_through_cache_rule.upstream["quay"]'
READERS = 'module.ecr["web"].aws_ecr_repository_policy.readers[0]'
BUCKET = "module.access_logs[0].aws_s3_bucket.logs"


def plan(*addresses: str, change: int = 0, destroy: int = 0) -> PlanFile:
    changes = tuple(PlannedChange(address=each, action="create") for each in addresses)
    summary = Summary(add=len(addresses), change=change, destroy=destroy)
    return PlanFile(stack="foundation", path=Path("plan"), has_changes=True, summary=summary, changes=changes)


@pytest.mark.parametrize("added", [CACHE, BUCKET, READERS, RULES])
def test_a_merge_makes_places_for_images_alone(added: str) -> None:
    """The push needs a new service's repository; caches, buckets and policies wait for an apply."""
    assert adds_places(plan(*PLACES), is_first=False)
    assert not adds_places(plan(*PLACES, added), is_first=False)
    assert not adds_places(plan(*PLACES, change=1), is_first=True)


def test_whoever_publishes_first_makes_everything() -> None:
    """Without a bucket nothing can be published; the workflows' role finds it later."""
    assert adds_places(plan(*PLACES, BUCKET, CACHE), is_first=True)


@pytest.mark.parametrize("other", ["shop-prod-eu", "shop"])
def test_roles_are_refused_beside_names_that_begin_alike(aws: Aws, other: str) -> None:
    """The roles of shop-prod may use resources called shop-prod-eu-..., if AWS sends no tags."""
    mine = environment("prod", project="shop")
    bucket = f"{other}-state-{mine.account_id}"
    refuse_names_alike(aws, mine)
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    try:
        with pytest.raises(PreconditionError) as refused:
            refuse_names_alike(aws, mine)
    finally:
        aws.s3.delete_bucket(Bucket=bucket)
    assert refused.value.message == (
        "project and name must not begin like another environment's in the account for it to have roles of "
        f"its own, got shop-prod beside {other}."
    )


def test_names_that_only_look_alike_are_none_of_each_others_business(aws: Aws) -> None:
    """A hyphen ends a part of a name, and another account's buckets are separate."""
    mine = environment("prod", project="shop")
    buckets = [f"shop-production-state-{mine.account_id}", "shop-prod-eu-state-210987654321"]
    for bucket in buckets:
        aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    refuse_names_alike(aws, mine)
    for bucket in buckets:
        aws.s3.delete_bucket(Bucket=bucket)

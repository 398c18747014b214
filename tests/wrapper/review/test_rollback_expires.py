"""What an earlier release needs to run again, and what would delete it."""

import json
from typing import Any

import pytest

from tests.wrapper.records import DEFINITION, release
from tests.wrapper.review.planned import Json, change, created, plan
from wrapper.review import Circumstances
from wrapper.review.rules import rollback_expires

BUCKET = "films-dev-models-1"
RELEASES = (release(2), release(1))


def found(*changes: Json, disposable: bool = False, **circumstances: Any) -> list[tuple[str, str]]:
    known = {"model_bucket": BUCKET, "releases": RELEASES} | circumstances
    seen = rollback_expires(plan(*changes), Circumstances(disposable=disposable, **known))
    return [(each.level.value, each.sentence) for each in seen]


def lifecycle(status: str, **more: Any) -> dict[str, str]:
    rules = [{"rulePriority": 1, "selection": {"tagStatus": status}, "action": {"type": "expire"}}]
    return {"repository": "films-dev/web", "policy": json.dumps({"rules": rules}), **more}


def expiring(days: int | None) -> dict[str, Any]:
    ends = [{"days": days}] if days else []
    return {"bucket": BUCKET, "rule": [{"status": "Enabled", "expiration": ends}]}


def test_a_repository_that_goes_takes_its_releases_along() -> None:
    """The finding has their numbers."""
    going = change("aws_ecr_repository", "delete", before={"name": "films-dev/web"})
    assert found(going) == [("block", "Its images are deleted: Releases 1, 2 could not be rolled back to.")]
    assert found(going, disposable=True)[0][0] == "warn"


def test_a_repository_of_others_or_one_before_the_first_release_is_no_loss() -> None:
    """There is no release that somebody might go back to."""
    going = change("aws_ecr_repository", "delete", before={"name": "films-dev/web"})
    assert found(change("aws_ecr_repository", "delete", before={"name": "web"})) == []
    assert found(going, releases=()) == []


@pytest.mark.parametrize("status", ["any", "tagged"])
def test_a_policy_that_expires_tagged_images_is_told(status: str) -> None:
    """Every image has a tag, whether released or not."""
    assert found(created("aws_ecr_lifecycle_policy", lifecycle(status)), releases=(release(3),)) == [
        (
            "block",
            "It lets tagged images expire, also released ones: Release 3 could not be rolled back to.",
        )
    ]


@pytest.mark.parametrize(("priority", "told"), [(1, 0), (3, 1)])
def test_a_rule_that_keeps_releases_counts_if_it_comes_first(priority: int, told: int) -> None:
    """What it matches, no later rule may expire."""
    keep = {"tagStatus": "tagged", "tagPrefixList": ["release-"], "countNumber": 100_000}
    rules = [
        {"rulePriority": 2, "selection": {"tagStatus": "tagged", "tagPrefixList": ["src-"]}},
        {"rulePriority": priority, "selection": keep},
    ]
    policy = {"repository": "films-dev/web", "policy": json.dumps({"rules": rules})}
    assert len(found(created("aws_ecr_lifecycle_policy", policy))) == told


def test_a_policy_for_untagged_images_or_one_that_was_there_is_not_told() -> None:
    """Only what this plan changes counts."""
    before, after = lifecycle("any"), lifecycle("any", registry_id="2")
    assert found(created("aws_ecr_lifecycle_policy", lifecycle("untagged"))) == []
    assert found(change("aws_ecr_lifecycle_policy", "update", before=before, after=after)) == []


def test_models_that_would_expire_or_go_are_told() -> None:
    """The bucket is recognised by its name; old versions of an object may expire."""
    kind = "aws_s3_bucket_lifecycle_configuration"
    assert found(created(kind, expiring(30)))[0][1].startswith("It lets the models expire: Releases 1, 2")
    assert found(created(kind, expiring(None))) == []
    assert found(created(kind, expiring(30) | {"bucket": "other"})) == []
    assert found(change("aws_s3_bucket", "delete", before={"bucket": BUCKET}))[0][0] == "block"


def test_a_revision_that_is_deregistered_is_told() -> None:
    """The wrapper can still roll back, but ECS itself can't; a kept revision is fine."""
    values = {"arn": f"{DEFINITION}:1", "skip_destroy": False}
    gone = change("aws_ecs_task_definition", "delete", "create", before=values, after={})
    kept = change(
        "aws_ecs_task_definition", "delete", "create", before=values | {"skip_destroy": True}, after={}
    )
    assert found(gone)[0] == (
        "warn",
        "Its revision is deregistered, which releases 1, 2 ran; ECS itself cannot go back to it.",
    )
    assert found(kept) == []

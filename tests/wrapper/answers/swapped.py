"""A plan that gives a service another model version, and its review."""

from collections.abc import Mapping
from typing import Any

from tests.wrapper.review.planned import change, environment, plan
from wrapper.environment import Review as ReviewBlock
from wrapper.environment.release import ModelVersion
from wrapper.model.diff import Comparison
from wrapper.review import Review, make_review
from wrapper.review.answers import ModelChange, swaps
from wrapper.terraform.plan import Plan

# The name of such a plan's review in tests of the page, beside the names of stored plans.
ANSWERS = "answers"
BUCKET = "recommender-staging-models-111111111111"


def swapped(old: ModelVersion, new: ModelVersion, *, bucket: str = BUCKET) -> Plan:
    return plan(
        change(
            "aws_ecs_task_definition",
            "delete",
            "create",
            before=_task(bucket, old),
            after=_task(bucket, new),
            module='module.ecs_service["recommender"]',
        )
    )


def reviewed(found: Comparison, *, limits: Mapping[str, Any] | None = None, unread: str = "") -> Review:
    """Review the plan that swaps the models of a comparison; `unread` is why they could not be compared."""
    seen = swapped(found.old, found.new)
    changes = [
        ModelChange(swap=swap, comparison=None if unread else found, unread=unread) for swap in swaps([seen])
    ]
    block = ReviewBlock.model_validate({"answers_change": limits} if limits is not None else {})
    declared = environment().model_copy(update={"review": block})
    return make_review([seen], environment=declared, answers=changes)


def _task(bucket: str, version: ModelVersion) -> dict[str, Any]:
    variables = {
        "MODEL_SHA256": version.sha256,
        "MODEL_URI": f"s3://{bucket}/models/{version.label}",
        "PORT": "8000",
    }
    container = {
        "name": "recommender",
        "image": f"example/recommender@sha256:{'a' * 64}",
        "environment": [{"name": name, "value": value} for name, value in variables.items()],
    }
    return {"family": "recommender-staging-recommender", "container_definitions": [container]}

"""Secrets anywhere in a plan: none is in any view, any file, or in the output of the run."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.wrapper.review.planned import change, created, environment
from wrapper.review import make_review, views
from wrapper.terraform import PlanFile
from wrapper.terraform.plan import Plan, Summary, read_plan
from wrapper.verbs.plan import Preview

SECRET = "hunter2-hunter2"
Json = Any


def container(secret: str) -> str:
    return json.dumps([{"name": "a", "environment": [{"name": "PASSWORD", "value": secret}]}])


def policy(secret: str) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Sid": secret}]})


PLACES: dict[str, Json] = {
    "a sensitive attribute": created(
        "aws_db_instance", {"password": SECRET}, after_sensitive={"password": True}
    ),
    "an attribute that was sensitive": change(
        "aws_lb", "update", before={"a": SECRET}, after={"a": "b"}, before_sensitive={"a": True}
    ),
    "an attribute that becomes sensitive": change(
        "aws_lb", "update", before={"a": SECRET}, after={"a": "b"}, after_sensitive={"a": True}
    ),
    "inside a sensitive block": created(
        "aws_lb", {"block": [{"deep": {"er": SECRET}}]}, after_sensitive={"block": True}
    ),
    "inside a sensitive map": created(
        "aws_lb", {"tags": {"a": SECRET}}, after_sensitive={"tags": {"a": True}}
    ),
    "a container's environment": created(
        "aws_ecs_task_definition", {"container_definitions": container(SECRET)}
    ),
    "a container's environment that goes": change(
        "aws_ecs_task_definition", "delete", before={"container_definitions": container(SECRET)}
    ),
    "a container's environment that changes": change(
        "aws_ecs_task_definition",
        "delete",
        "create",
        before={"container_definitions": container("old" + SECRET)},
        after={"container_definitions": container(SECRET)},
    ),
    "what a schedule tells a container": created(
        "aws_scheduler_schedule",
        {"target": [{"input": json.dumps({"containerOverrides": json.loads(container(SECRET))})}]},
    ),
    "what a rule tells a container": created(
        "aws_cloudwatch_event_target",
        {
            "input_transformer": [
                {"input_template": json.dumps({"containerOverrides": json.loads(container(SECRET))})}
            ]
        },
    ),
    "a function's environment": created(
        "aws_lambda_function", {"environment": [{"variables": {"KEY": SECRET}}]}
    ),
    "an instance's user data": created("aws_launch_template", {"user_data": SECRET}),
    "a sensitive policy": created(
        "aws_iam_role_policy", {"policy": policy(SECRET)}, after_sensitive={"policy": True}
    ),
    "a resource that is secret as a whole": created("aws_lb", {"a": SECRET}, after_sensitive=True),
    "a resource that stays": change(
        "aws_db_instance",
        "no-op",
        before={"password": SECRET},
        after={"password": SECRET},
        before_sensitive={"password": True},
        after_sensitive={"password": True},
    ),
    "a resource that cannot be read": {
        "address": "aws_lb.x",
        "change": {"actions": [SECRET], "after": SECRET},
    },
    "a broken mark": created(
        "aws_db_instance", {"password": {"a": [SECRET]}}, after_sensitive={"password": True}
    ),
}


def documents() -> list[Json]:
    """Return a plan for each place, and one with secrets in variables, outputs, drift and state."""
    state = {"values": {"root_module": {"resources": [{"values": {"password": SECRET}}]}}}
    full = {
        "resource_changes": [created("aws_lb", {"a": 1})],
        "variables": {"token": {"value": SECRET}},
        "output_changes": {
            "token": {"actions": ["create"], "after": SECRET, "after_sensitive": True},
            "gone": {"actions": ["delete"], "before": {"a": SECRET}, "before_sensitive": True},
        },
        "resource_drift": list(PLACES.values()),
        "prior_state": state,
        "planned_values": {"outputs": {"token": {"sensitive": True, "value": SECRET}}},
        "configuration": {"root_module": {"variables": {"token": {"default": SECRET}}}},
    }
    return [{"resource_changes": [place]} for place in PLACES.values()] + [full]


IDS = [*PLACES, "variables, outputs, drift, state, configuration"]


def everything(plan: Plan, folder: Path) -> str:
    """Return all that a person can see of it, on the screen and in files."""
    review = make_review([plan], environment=environment())
    file = PlanFile(stack="app", path=Path("none"), has_changes=True, summary=Summary(add=1))
    preview = Preview(plans=[file], review=review)
    shown = [
        views.text(review, width=200),
        repr(review),
        repr(preview),
        json.dumps(preview.as_json()),
        plan.text(),
    ]
    return "\n".join([*shown, *(path.read_text(encoding="utf-8") for path in preview.save(folder))])


@pytest.mark.parametrize("document", documents(), ids=IDS)
def test_a_planted_secret_is_nowhere(document: Json, tmp_path: Path) -> None:
    """Checked are the four views, the files of --out, the command's JSON, and Python's repr of it."""
    assert SECRET in json.dumps(document)
    assert SECRET not in everything(read_plan(document, stack="app"), tmp_path)


def test_what_is_no_secret_is_shown(tmp_path: Path) -> None:
    """Without it, the test above would pass for empty pages."""
    shown = everything(
        read_plan({"resource_changes": [created("aws_lb", {"a": SECRET})]}, stack="app"), tmp_path
    )
    assert SECRET in shown

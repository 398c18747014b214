"""A container's variables in plain text are hidden, because they may be secrets."""

import json
from typing import Any

from wrapper.terraform.plan import Mask, Plan, read_plan


def definitions(**environment: str) -> dict[str, Any]:
    variables = [{"name": name, "value": value} for name, value in environment.items()]
    return {"container_definitions": json.dumps([{"name": "web", "environment": variables}])}


def read(before: Any, after: Any) -> Plan:
    change = {"actions": ["update"], "before": before, "after": after}
    resource = {"address": "t.a", "type": "aws_ecs_task_definition", "name": "a", "change": change}
    return read_plan({"terraform_version": "1.11.4", "resource_changes": [resource]}, stack="app")


def test_an_environment_is_hidden() -> None:
    """A changed value is marked as changed; its text is in no attribute, and not in the whole."""
    plan = read(definitions(DB="hunter2"), definitions(DB="hunter3"))
    assert [each.after for each in plan.resources[0].attributes] == [Mask.SENSITIVE]
    assert "hunter" not in repr(plan) + json.dumps(plan.as_json()) + str(plan.resources[0].after)


def test_the_stacks_own_variables_are_shown() -> None:
    """A reviewer must see which model and image run."""
    plan = read(definitions(MODEL_URI="s3://a/1"), definitions(MODEL_URI="s3://a/2"))
    assert [each.after for each in plan.resources[0].attributes] == ["s3://a/2"]


def test_definitions_of_another_shape_are_read_as_they_are() -> None:
    """Unexpected content of a definition is no reason to fail."""
    for odd in ('["x"]', '[{"environment": "x"}]', "no json", "[" * 100_000):
        assert read(None, {"container_definitions": odd}).skipped == ()

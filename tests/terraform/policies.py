"""What the policies of a plan allow."""

import json
from collections.abc import Iterator
from typing import Any

import tftest

from tests.terraform.roots import planned


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def policies(plan: tftest.TerraformPlanOutput) -> dict[str, list[dict[str, Any]]]:
    """Return the statements of each policy by its name."""
    found = planned(plan, "aws_iam_policy") | planned(plan, "aws_iam_role_policy")
    return {values["name"]: json.loads(values["policy"])["Statement"] for values in found.values()}


def allowed(plan: tftest.TerraformPlanOutput) -> Iterator[tuple[str, str, str]]:
    """Yield policy, action and resource of each permission."""
    for name, statement in grants(plan):
        for action in listed(statement["Action"]):
            for resource in listed(statement["Resource"]):
                yield name, action, resource


def grants(plan: tftest.TerraformPlanOutput) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield policy and statement of each permission."""
    for name, statements in policies(plan).items():
        yield from ((name, statement) for statement in statements if statement["Effect"] == "Allow")


def is_read(action: str) -> bool:
    """Return whether an action such as ecs:DescribeServices changes nothing, judged by its verb."""
    return action.partition(":")[2].startswith(("BatchGet", "Describe", "Filter", "Get", "List", "Lookup"))

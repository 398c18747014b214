"""IAM policies that allow too much."""

import json
from typing import Any

import pytest

from tests.wrapper.review.planned import change, created, found, plan
from wrapper.review.rules import administrator, iam_wildcard, rights_gap


def policy(action: Any, resource: Any = "*", effect: str = "Allow") -> dict[str, str]:
    statement = {"Effect": effect, "Action": action, "Resource": resource}
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": statement})}


def test_everything_on_everything_blocks() -> None:
    """It makes its holder an administrator."""
    assert found(iam_wildcard, plan(created("aws_iam_policy", policy("*")))) == [
        ("block", "It allows * on *.")
    ]


@pytest.mark.parametrize(
    ("action", "resource"), [("s3:*", "arn:aws:s3:::a"), (["s3:GetObject", "s3:*"], "arn:aws:s3:::a")]
)
def test_a_whole_service_is_warned_of(action: Any, resource: str) -> None:
    """It is found inside a list, too."""
    seen = plan(created("aws_iam_role_policy", policy(action, resource)))
    assert found(iam_wildcard, seen) == [("warn", f"It allows s3:* on {resource}.")]


def test_every_resource_is_warned_of() -> None:
    """Probably only one bucket was meant."""
    assert found(iam_wildcard, plan(created("aws_iam_role_policy", policy("s3:GetObject"))))[0][0] == "warn"


@pytest.mark.parametrize(
    "values",
    [
        policy("ecr:GetAuthorizationToken"),
        policy("*", effect="Deny"),
        policy("s3:GetObject", "arn:aws:s3:::a/*"),
    ],
)
def test_what_is_narrow_or_cannot_be_narrower_is_fine(values: dict[str, str]) -> None:
    """Logging in to ECR supports no resource, and a denial may be wide."""
    assert found(iam_wildcard, plan(created("aws_iam_role_policy", values))) == []


def test_a_wildcard_that_was_there_is_no_news() -> None:
    """The rule judges only what is added."""
    seen = plan(
        change("aws_iam_policy", "update", before=policy("s3:*"), after=policy(["s3:*", "ecs:A"], "*"))
    )
    assert found(iam_wildcard, seen) == [("warn", "It allows ecs:A on *.")]


def test_inline_policies_are_looked_at() -> None:
    """A role may contain them itself."""
    seen = plan(created("aws_iam_role", {"inline_policy": [policy("*")]}))
    assert found(iam_wildcard, seen)[0][0] == "block"


def test_a_policy_that_is_not_known_is_named() -> None:
    """Without a message it would look approved."""
    seen = plan(created("aws_iam_policy", {}, after_unknown={"policy": True}))
    assert "was not checked" in found(iam_wildcard, seen)[0][1]


def test_the_administrators_policy_blocks() -> None:
    """AWS's own policy allows everything."""
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    seen = plan(created("aws_iam_role_policy_attachment", {"policy_arn": arn}))
    assert found(administrator, seen)[0][0] == "block"


OLD = {"name": "use-objects", "role": "films-task"}
NEW = {"name": "use-models", "role": "films-task"}


@pytest.mark.parametrize(
    "changes",
    [
        [change("aws_iam_role_policy", "delete", before=OLD), created("aws_iam_role_policy", NEW)],
        [change("aws_iam_role_policy", "delete", "create", before=OLD, after=NEW)],
        [
            change("aws_iam_role_policy_attachment", "delete", before=OLD),
            created("aws_iam_role_policy", NEW),
        ],
    ],
)
def test_rights_that_go_before_others_come_are_warned_of(changes: list[Any]) -> None:
    """A task that starts in between has neither permission; a refactoring of the code can cause it."""
    sentence = "It is destroyed before its successor exists: meanwhile tasks lack the permissions."
    assert found(rights_gap, plan(*changes)) == [("warn", sentence)]


@pytest.mark.parametrize(
    "changes",
    [
        [change("aws_iam_role_policy", "create", "delete", before=OLD, after=NEW)],
        [change("aws_iam_role_policy", "delete", before=OLD)],
        [
            change("aws_iam_role_policy", "delete", before=OLD),
            created("aws_iam_role_policy", NEW | {"role": "other-task"}),
        ],
        [
            change("aws_iam_role", "delete", before={"name": "films-task"}),
            change("aws_iam_role_policy", "delete", before=OLD),
            created("aws_iam_role_policy", NEW),
        ],
    ],
)
def test_rights_that_are_withdrawn_or_there_in_time_are_fine(changes: list[Any]) -> None:
    """Permissions that were removed on purpose, or with their role, are no risk."""
    assert found(rights_gap, plan(*changes)) == []

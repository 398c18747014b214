"""What a role of GitHub's workflows must not do, the evaluator does not allow."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from wrapper.aws.judge.evaluator import Question, ask, statements
from wrapper.aws.judge.rights import Asked

TABLE = yaml.safe_load(Path(__file__).with_name("forbidden.yaml").read_text("utf-8"))
ACCOUNT = "123456789012"
OTHERS = {"shop-staging": "staging", "shop-prod-eu": "prod-eu"}


def asked(row: dict[str, Any]) -> Iterator[Asked]:
    patterns = [row["of"]] if isinstance(row["of"], str) else row["of"]
    for pattern in patterns:
        for name, environment in (
            OTHERS.items()
            if "{other}" in pattern or row["why"].startswith("another environment's")
            else [("", "prod")]
        ):
            tags = {"aws:ResourceTag/project": "shop", "aws:ResourceTag/environment": environment}
            resource = pattern.format(
                other=name, name="shop-prod", account=ACCOUNT, here=f"eu-west-1:{ACCOUNT}"
            )
            for action in row["actions"]:
                yield Asked(action, resource, {**tags, **row.get("with", {})}, row["why"])


def questions() -> list[Question]:
    return [
        Question(f"shop-prod-github-{role}", each)
        for row in TABLE
        for role in row["roles"]
        for each in asked(row)
    ]


def test_nothing_forbidden_is_allowed(today: dict[str, Any], tools: Path) -> None:
    """Each line of the table holds for each of its roles; a line that can't be judged fails, too."""
    answers = list(ask(tools, today, questions()))
    assert len(answers) > 500
    wrong = [
        (each.question.role, each.question.asked.action, each.question.asked.resource, each.error)
        for each in answers
        if each.allowed or each.error
    ]
    assert wrong == []


def test_the_table_finds_what_is_too_much(tools: Path) -> None:
    """An administrator may do each line, so no line is refused for another reason."""
    everything = {"policies": {"all": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}}
    roles = {f"shop-prod-github-{role}": everything for role in ("plan", "publish", "apply")}
    assert [each for each in ask(tools, roles, questions()) if not each.allowed] == []


def test_the_roles_of_before_did_some_of_it(before: dict[str, Any], tools: Path) -> None:
    """The table finds their faults: bucket policies, environments with similar names, others' logs."""
    answers = ask(tools, before, questions())
    allowed = {
        (each.question.role.rpartition("-")[2], each.question.asked.action, each.question.asked.source)
        for each in answers
        if each.allowed
    }
    assert (
        "publish",
        "s3:PutBucketPolicy",
        "before approval no bucket's policy or keeping is written",
    ) in allowed
    assert ("plan", "s3:DeleteObject", "another environment's state and locks") not in allowed
    assert ("plan", "logs:FilterLogEvents", "another environment's logs") in allowed
    assert ("apply", "iam:PutRolePolicy", "another environment's roles and what they may") in allowed
    assert ("apply", "s3:PutObject", "another environment's state and locks") in allowed


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("LeaveOwnRights", {"iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PassRole"}),
        ("WriteOnce", {"s3:PutObject"}),
    ],
)
def test_what_is_denied_outright_must_be(
    name: str, actions: set[str], today: dict[str, Any], tools: Path
) -> None:
    """Without the explicit denial, a line of the table would be allowed."""
    [own] = [each for each in statements(today) if each.name == name]
    without = [replace(each, without=own) for each in questions() if each.role == own.role]
    freed = {each.question.asked.action for each in ask(tools, today, without) if each.allowed}
    assert actions <= freed


def test_a_merge_writes_what_is_not_there(today: dict[str, Any], tools: Path) -> None:
    """S3 refuses these requests if the object exists: a pointer, a model, an attestation.

    The parts of a large upload have no condition, and make no object.
    """
    names = [
        *(
            f"models-{ACCOUNT}/models/movielens/{name}"
            for name in ("current.json", "1/manifest.json", "1/a.npy")
        ),
        f"state-{ACCOUNT}/attestations/sha256-0a1b2c3d/sbom.json",
    ]
    making = {"s3:if-none-match": "*", "s3:ObjectCreationOperation": "true"}
    asked = [
        Asked("s3:PutObject", f"arn:aws:s3:::shop-prod-{name}", context)
        for name in names
        for context in (making, {"s3:ObjectCreationOperation": "false"})
    ]
    answers = list(ask(tools, today, [Question("shop-prod-github-publish", each) for each in asked]))
    assert [each.allowed for each in answers] == [True] * 8


@pytest.mark.parametrize("role", ["plan", "publish", "apply"])
def test_every_role_has_lines(role: str) -> None:
    """A role without a line would not be checked at all."""
    assert sum(role in row["roles"] for row in TABLE) > 25

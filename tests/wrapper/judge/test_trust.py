"""Who may assume the roles of GitHub's workflows, by the evaluator: both documented forms of subjects."""

from pathlib import Path
from typing import Any

import pytest

from wrapper.aws.judge.evaluator import Question, ask
from wrapper.aws.judge.rights import Asked

ACCOUNT = "123456789012"
ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
CLASSIC, IMMUTABLE = "repo:example/shop", "repo:example@1234/shop@5678"
MAIN, PULL, PROD = "ref:refs/heads/main", "pull_request", "environment:prod"
MAY = {"plan": {PULL, MAIN}, "publish": {MAIN}, "apply": {PROD}}
# Jobs of other branches and tags, of an unprotected environment, and of other repositories.
STRANGERS = [
    "repo:example/shop:ref:refs/heads/feature",
    "repo:example/shop:ref:refs/tags/main",
    "repo:example/shop:environment:unprotected",
    "repo:example/shop:environment:production",
    "repo:fork/shop:ref:refs/heads/main",
    "repo:fork/shop:pull_request",
    "repo:fork/shop:environment:prod",
    "repo:example/shop2:environment:prod",
    "repo:example@1234/shop@9999:environment:prod",
    "repo:example@9999/shop@5678:environment:prod",
    "repo:example@1234/shop:environment:prod",
    "repo:fork@4321/shop@8765:ref:refs/heads/main",
    "repo:fork@4321/shop@8765:pull_request",
]


def question(
    role: str, subject: str, *, audience: str = "sts.amazonaws.com", ref: str = "refs/heads/main"
) -> Question:
    keys: dict[str, str | list[str]] = {
        f"{ISSUER}:sub": subject,
        f"{ISSUER}:aud": audience,
        f"{ISSUER}:ref": ref,
    }
    asked = Asked(
        "sts:AssumeRoleWithWebIdentity", f"arn:aws:iam::{ACCOUNT}:role/shop-prod-github-{role}", keys
    )
    return Question(f"shop-prod-github-{role}", asked, trust=True, principal=PROVIDER)


@pytest.mark.parametrize("role", MAY)
def test_subjects_are_accepted_exactly_as_documented(role: str, today: dict[str, Any], tools: Path) -> None:
    """Pull requests and main plan, main publishes, jobs of the environment apply, with names or ids."""
    own = [f"{repository}:{claim}" for repository in (CLASSIC, IMMUTABLE) for claim in (MAIN, PULL, PROD)]
    answers = list(ask(tools, today, [question(role, each) for each in [*own, *STRANGERS]]))
    assert [each.error for each in answers if each.error] == []
    accepted = {str(each.question.asked.context[f"{ISSUER}:sub"]) for each in answers if each.allowed}
    assert accepted == {f"{repository}:{claim}" for repository in (CLASSIC, IMMUTABLE) for claim in MAY[role]}


def test_a_token_for_somebody_else_is_refused(today: dict[str, Any], tools: Path) -> None:
    """The right job's token for another audience than AWS is refused."""
    asked = [question("apply", f"{CLASSIC}:{PROD}", audience=each) for each in ("sts.amazonaws.com", "vault")]
    assert [each.allowed for each in ask(tools, today, asked)] == [True, False]


REFS = [
    "refs/heads/main",
    "refs/heads/feature",
    "refs/heads/main2",
    "refs/tags/main",
    "refs/pull/7/merge",
    "main",
]


def test_an_apply_is_of_the_branch(today: dict[str, Any], before: dict[str, Any], tools: Path) -> None:
    """A job's subject has only its environment, which any branch's job may name, so the ref counts."""
    asked = [question("apply", f"{CLASSIC}:{PROD}", ref=each) for each in REFS]
    assert [each.allowed for each in ask(tools, today, asked)] == [True, *[False] * 5]
    assert all(each.allowed for each in ask(tools, before, asked))


def test_a_pull_request_plans_from_any_branch(today: dict[str, Any], tools: Path) -> None:
    """Its ref is that of its merge commit."""
    asked = [question("plan", f"{CLASSIC}:{PULL}", ref="refs/pull/7/merge")]
    assert [each.allowed for each in ask(tools, today, asked)] == [True]


def test_the_roles_of_before_refused_new_repositories(before: dict[str, Any], tools: Path) -> None:
    """Their subjects had only names."""
    asked = [question("apply", f"{each}:{PROD}") for each in (CLASSIC, IMMUTABLE)]
    assert [each.allowed for each in ask(tools, before, asked)] == [True, False]

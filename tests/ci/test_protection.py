"""Whether GitHub requires an approval before an apply, checked with a local server in place of GitHub."""

import copy
import subprocess
from typing import Any

import pytest

from tests.ci.conftest import GitHub, run

# As GitHub answers: https://docs.github.com/en/rest/deployments/environments#get-an-environment
PROTECTED: dict[str, Any] = {
    "name": "prod",
    "protection_rules": [
        {"id": 1, "type": "wait_timer", "wait_timer": 30},
        {
            "id": 2,
            "type": "required_reviewers",
            "reviewers": [{"type": "User", "reviewer": {"login": "octocat"}}],
        },
        {"id": 3, "type": "branch_policy"},
    ],
    "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
}
MAIN = {"id": 1, "name": "main", "type": "branch"}


@pytest.fixture
def protected(github: GitHub) -> GitHub:
    github.environments["prod"] = copy.deepcopy(PROTECTED)
    github.branches = [MAIN]
    return github


def check(github: GitHub, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(github, "protection.py", *(arguments or ("prod", "main")))


def test_a_protected_environment_is_let_pass(protected: GitHub) -> None:
    """The environment has reviewers and allows only the main branch."""
    told = check(protected)
    assert (told.returncode, told.stdout.strip()) == (0, "prod: reviewers are asked, main alone deploys.")
    assert protected.tokens == {"Bearer t"}


def test_a_name_may_hold_what_a_path_may_not(protected: GitHub) -> None:
    """GitHub's environment names are free text, so they are escaped in the URL."""
    protected.environments["eu/prod"] = protected.environments.pop("prod")
    assert check(protected, "eu/prod", "main").returncode == 0


def test_a_missing_environment_stops_the_job(github: GitHub) -> None:
    """GitHub would create it as soon as a job names it."""
    told = check(github)
    assert told.returncode == 1
    assert "environment prod must exist before a job names it" in told.stderr
    assert "docs/delivery.md" in told.stderr


@pytest.mark.parametrize("rule", [None, {"id": 2, "type": "required_reviewers", "reviewers": []}])
def test_without_reviewers_nothing_is_applied(protected: GitHub, rule: dict[str, Any] | None) -> None:
    """A wait timer requires no approval, and neither does a rule without reviewers."""
    protected.environments["prod"]["protection_rules"][1:2] = [rule] if rule else []
    told = check(protected)
    assert told.returncode == 1
    assert "must have required reviewers, got none." in told.stderr


def test_reviewers_may_be_renounced(protected: GitHub) -> None:
    """GitHub has no reviewers for private repositories of small plans; the branch rule is still required."""
    protected.environments["prod"]["protection_rules"] = []
    assert check(protected, "prod", "main", "--unreviewed").returncode == 0
    protected.branches = []
    assert check(protected, "prod", "main", "--unreviewed").returncode == 1


@pytest.mark.parametrize(
    ("policy", "branches", "said"),
    [
        (None, [], "got every branch."),
        ({"protected_branches": True, "custom_branch_policies": False}, [], "got every protected branch."),
        (PROTECTED["deployment_branch_policy"], [], "got nothing."),
        (PROTECTED["deployment_branch_policy"], [{"name": "*"}], "got *."),
        (PROTECTED["deployment_branch_policy"], [{"name": "release"}, MAIN], "got release, main."),
        (PROTECTED["deployment_branch_policy"], [{"name": "main", "type": "tag"}], "got tag main."),
    ],
)
def test_other_branches_may_not_deploy(
    protected: GitHub, policy: dict[str, bool] | None, branches: list[dict[str, Any]], said: str
) -> None:
    """Otherwise anybody who may push a branch could request approval of code that nobody has reviewed."""
    protected.environments["prod"]["deployment_branch_policy"] = policy
    protected.branches = branches
    told = check(protected)
    assert told.returncode == 1
    assert f"environment prod must let main alone deploy, {said}" in told.stderr


def test_all_that_is_wrong_is_told_at_once(protected: GitHub) -> None:
    """The message has all problems, as for an environment file."""
    protected.environments["prod"] = {
        "name": "prod",
        "protection_rules": [],
        "deployment_branch_policy": None,
    }
    assert check(protected).stderr.count("error:") == 2


def test_what_github_does_not_tell_is_no_protection(protected: GitHub) -> None:
    """For example, the token has no permission to read the rules."""
    protected.refuses = True
    told = check(protected)
    assert told.returncode == 1
    assert "GitHub must tell how environment prod is protected" in told.stderr
    assert "403" in told.stderr


@pytest.mark.parametrize("arguments", [("prod",), ("", "main"), ("prod", "main", "--force")])
def test_wrong_words_are_answered_by_the_usage(github: GitHub, arguments: tuple[str, ...]) -> None:
    """An empty name would ask GitHub for the list of all environments."""
    told = check(github, *arguments)
    assert told.returncode == 1
    assert "protection.py ENVIRONMENT BRANCH" in told.stderr

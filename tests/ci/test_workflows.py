"""What the workflows contain that AWS and Terraform depend on; a linter checks their form."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from wrapper.environment.github import GitHub
from wrapper.verbs.github import Roles

CLONE = Path(__file__).parents[2]
WORKFLOWS = sorted((CLONE / ".github" / "workflows").glob("*.yml"))
# The default of aws-actions/configure-aws-credentials, for a role without a duration of its own.
_DEFAULT_SECONDS = 3600
ARN = "arn:aws:iam::123456789012:role/shop-prod-github-"


def jobs() -> Iterator[Any]:
    for path in WORKFLOWS:
        for name, job in yaml.safe_load(path.read_text())["jobs"].items():
            yield pytest.param(job, id=f"{path.stem}-{name}")


def steps(job: dict[str, Any], action: str) -> list[dict[str, Any]]:
    return [each["with"] for each in job["steps"] if each.get("uses", "").startswith(f"{action}@")]


@pytest.mark.parametrize("job", list(jobs()))
def test_rights_outlast_a_job(job: dict[str, Any]) -> None:
    """If the credentials expired before the job ended, it could not write Terraform's state."""
    roles = (CLONE / "terraform" / "modules" / "github_oidc" / "roles.tf").read_text()
    [longest] = re.findall(r"max_session_duration = (\d+)", roles)
    for given in steps(job, "aws-actions/configure-aws-credentials"):
        seconds = given.get("role-duration-seconds", _DEFAULT_SECONDS)
        assert job["timeout-minutes"] * 60 < seconds <= int(longest)


def test_every_job_has_the_same_terraform() -> None:
    """A plan is applied by exactly the version that made it, even days later."""
    versions = {
        given["terraform_version"]
        for parameter in jobs()
        for given in steps(parameter.values[0], "hashicorp/setup-terraform")
    }
    [version] = versions
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)


@pytest.mark.parametrize(("named", "expected"), [(None, "prod"), ("production", "production")])
def test_an_apply_is_a_job_of_the_environment_that_the_role_trusts(named: str | None, expected: str) -> None:
    """GitHub creates an unknown environment without reviewers, but then AWS refuses the role."""
    github = GitHub(repository="example/shop", environment=named)
    roles = Roles.of(
        "prod", "eu-west-1", github, {each: f"{ARN}{each}" for each in ("plan", "publish", "apply")}
    )
    item = roles.deployment()
    assert item["github_environment"] == expected
    assert item["environment"] == "prod"
    job = yaml.safe_load((CLONE / ".github" / "workflows" / "apply.yml").read_text())["jobs"]["apply"]
    # If an older DEPLOYMENTS does not contain a key, the default applies.
    assert job["environment"] == "${{ matrix.github_environment || matrix.environment }}"


@pytest.mark.parametrize("name", ["plan", "apply"])
def test_protection_is_looked_at_before_any_right_is_taken(name: str) -> None:
    """It is checked before a merge publishes, and again in the job that deploys to the environment."""
    job = yaml.safe_load((CLONE / ".github" / "workflows" / "apply.yml").read_text())["jobs"][name]
    said = [str(step.get("run", step.get("uses"))) for step in job["steps"]]
    [check] = [place for place, each in enumerate(said) if ".ci/protection.py" in each]
    [rights] = [place for place, each in enumerate(said) if each.startswith("aws-actions/")]
    assert check < rights
    assert job["permissions"]["actions"] == "read"
    named = job["steps"][check]["env"]
    assert named["NAME"] == "${{ matrix.github_environment || matrix.environment }}"
    assert named["BRANCH"] == "${{ github.ref_name }}"


def test_reviewers_are_renounced_in_the_environment_file_alone() -> None:
    """A DEPLOYMENTS without the key requires reviewers: GitHub's null equals false, but not as JSON."""
    github = GitHub(repository="example/shop", reviewers=False)
    roles = Roles.of("prod", "eu-west-1", github, dict.fromkeys(("plan", "publish", "apply"), ARN))
    assert roles.deployment()["reviewers"] is False
    text = (CLONE / ".github" / "workflows" / "apply.yml").read_text()
    assert text.count("${{ toJSON(matrix.reviewers) == 'false' && '--unreviewed' || '' }}") == 2


def test_workflows_ask_for_what_deployments_has() -> None:
    """Each `matrix.x` is a key of an item, and each key is used."""
    roles = Roles.of(
        "prod",
        "eu-west-1",
        GitHub(repository="example/shop"),
        dict.fromkeys(("plan", "publish", "apply"), ARN),
    )
    asked = {
        name
        for path in WORKFLOWS
        if "DEPLOYMENTS" in path.read_text()
        for name in re.findall(r"matrix\.(\w+)", path.read_text())
    }
    assert asked == roles.deployment().keys()


def test_previews_are_asked_for_and_never_a_fork_s() -> None:
    """Only the repository's own pull requests get a role, if PREVIEWS and the label allow it."""
    jobs = yaml.safe_load((CLONE / ".github" / "workflows" / "preview.yml").read_text())["jobs"]
    with_role = {name: job for name, job in jobs.items() if job["permissions"].get("id-token")}
    assert set(with_role) == {"apply", "destroy"}
    for job in with_role.values():
        assert job["environment"] == "${{ fromJSON(vars.PREVIEWS).github_environment }}"
        for each in (
            "vars.PREVIEWS != ''",
            "github.event.pull_request.head.repo.full_name == github.repository",
            "'preview'",
        ):
            assert each in job["if"]
    # A preview is destroyed under the name with which it was applied.
    named = [job["steps"][-1 if name == "destroy" else -2]["env"] for name, job in with_role.items()]
    assert named[0] == named[1]
    assert named[0]["NAME"] == "pr-${{ github.event.number }}"

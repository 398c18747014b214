"""What a workflow reports to GitHub, sent to a local server in place of GitHub."""

import subprocess
from pathlib import Path

import pytest

from tests.ci.conftest import GitHub, run


def report(github: GitHub, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(github, "report.py", *arguments)


@pytest.fixture
def review(tmp_path: Path) -> Path:
    file = tmp_path / "review.md"
    file.write_text("2 to add")
    return file


def test_a_plan_becomes_a_comment(github: GitHub, review: Path) -> None:
    """The comment's address is printed, and the workflow's token is used."""
    told = report(github, "comment", "7", "plan of dev", str(review))
    assert told.stdout.strip() == "https://github.example/1"
    assert github.comments[0]["body"] == "<!-- plan of dev -->\n2 to add"
    assert github.tokens == {"Bearer t"}


def test_the_next_plan_changes_the_same_comment(github: GitHub, review: Path) -> None:
    """Each environment has one comment, and it is found even after a hundred others."""
    github.comments += [{"id": n, "user": {"login": "a"}, "body": "looks good"} for n in range(1, 131)]
    report(github, "comment", "7", "plan of dev", str(review))
    report(github, "comment", "7", "plan of prod", str(review))
    review.write_text("nothing to add")
    report(github, "comment", "7", "plan of dev", str(review))
    assert [comment["body"] for comment in github.comments[130:]] == [
        "<!-- plan of dev -->\nnothing to add",
        "<!-- plan of prod -->\n2 to add",
    ]


def test_a_long_text_is_cut(github: GitHub, review: Path) -> None:
    """GitHub refuses more than 65,536 characters."""
    review.write_text("x" * 70_000)
    report(github, "comment", "7", "plan of dev", str(review))
    assert len(github.comments[0]["body"]) == 65_536
    assert github.comments[0]["body"].endswith("artifacts)")


def test_drift_opens_one_issue_and_its_end_closes_it(github: GitHub, tmp_path: Path) -> None:
    """While the drift lasts, the issue is updated."""
    file = tmp_path / "drift.json"
    for text, state in (("1", "open"), ("2", "open"), ("3", "closed")):
        file.write_text(text)
        assert report(github, "issue", state, "Drift of dev", str(file)).returncode == 0
    [issue] = github.issues
    assert issue["state"] == "closed"
    assert issue["body"] == "<!-- Drift of dev -->\n```json\n2\n```"


def test_without_drift_there_is_no_issue(github: GitHub, review: Path) -> None:
    """No issue is opened just to be closed."""
    assert report(github, "issue", "closed", "Drift of dev", str(review)).stdout.strip() == ""
    assert github.issues == []


# An unknown account, the repository's own user, an app with nearly that name, and a deleted account.
OTHERS = [{"login": "mallory"}, {"login": "example"}, {"login": "github-actions"}, None]


@pytest.mark.parametrize("user", OTHERS)
def test_a_strangers_mark_is_not_adopted(github: GitHub, review: Path, user: dict[str, str] | None) -> None:
    """Anybody may write that mark: their comment stays as it is, and the workflow writes a new one."""
    body = "<!-- plan of dev -->\nnothing to add, approve at once"
    github.comments.append({"id": 1, "html_url": "", "user": user, "body": body})
    for _ in range(2):
        assert report(github, "comment", "7", "plan of dev", str(review)).returncode == 0
    assert [each["body"] for each in github.comments] == [body, "<!-- plan of dev -->\n2 to add"]


@pytest.mark.parametrize("user", OTHERS)
def test_a_strangers_issue_is_left_alone(github: GitHub, review: Path, user: dict[str, str] | None) -> None:
    """Somebody else's issue with title and mark is neither closed nor edited, and drift is still reported."""
    issue = {
        "number": 1,
        "title": "Drift of dev",
        "body": "<!-- Drift of dev -->\nall is well",
        "state": "open",
    }
    github.issues.append({**issue, "user": user, "html_url": ""})
    report(github, "issue", "closed", "Drift of dev", str(review))
    report(github, "issue", "open", "Drift of dev", str(review))
    assert github.issues[0] == {**issue, "user": user, "html_url": ""}
    assert github.issues[1]["user"] == {"login": "github-actions[bot]"}
    assert github.issues[1]["state"] == "open"


def test_our_own_issue_without_the_mark_is_left_alone(github: GitHub, review: Path) -> None:
    """Another workflow of the repository writes under the same account."""
    issue = {"number": 1, "title": "Drift of dev", "body": "What is drift?", "state": "open"}
    github.issues.append({**issue, "user": {"login": "github-actions[bot]"}})
    report(github, "issue", "closed", "Drift of dev", str(review))
    assert github.issues[0]["state"] == "open"


def test_whose_the_token_is_must_be_known(github: GitHub, review: Path) -> None:
    """Without the token's account, the script could not distinguish its own comments from those of others."""
    github.comments.append({"id": 1, "user": {"login": ""}, "body": "<!-- plan of dev -->\n"})
    github.login = ""
    told = report(github, "comment", "7", "plan of dev", str(review))
    assert told.returncode == 1
    assert "must tell whose the token is" in told.stderr


def test_wrong_words_are_answered_by_the_usage(github: GitHub, review: Path) -> None:
    """The exit code is non-zero, which stops a workflow."""
    told = report(github, "comment", "seven", "plan of dev", str(review))
    assert told.returncode == 1
    assert "PULL_REQUEST" in told.stderr


def test_a_refusal_of_github_stops_the_workflow(github: GitHub, review: Path) -> None:
    """A failed workflow is better than an issue that was never created."""
    github.url += "/elsewhere"
    told = report(github, "comment", "7", "plan of dev", str(review))
    assert told.returncode == 1
    assert "404" in told.stderr

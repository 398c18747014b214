"""What a workflow tells GitHub, told to a stand-in for GitHub on loopback."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "report.py"


@dataclass
class GitHub:
    """Holds comments and issues as GitHub does, each with a number and an author."""

    url: str = ""
    login: str = "github-actions[bot]"
    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)

    def answer(self, method: str, path: str, content: dict[str, Any]) -> Any:
        if (method, path) == ("POST", "/graphql"):
            assert "viewer" in content["query"]
            return {"data": {"viewer": {"login": self.login}}} if self.login else {"errors": ["forbidden"]}
        parts = urlsplit(path)
        page = int(parse_qs(parts.query).get("page", ["1"])[0])
        match method, parts.path.removeprefix("/repos/example/shop").split("/")[1:]:
            case "GET", ["issues", _, "comments"]:
                return self.comments[100 * (page - 1) : 100 * page]
            case "POST", ["issues", _, "comments"]:
                return self._add(self.comments, content)
            case "PATCH", ["issues", "comments", number]:
                return self._change(self.comments, number, content)
            case "GET", ["issues"]:
                return [issue for issue in self.issues if issue["state"] == "open"]
            case "POST", ["issues"]:
                return self._add(self.issues, {"state": "open", **content})
            case "PATCH", ["issues", number]:
                return self._change(self.issues, number, content)
        return None

    def _add(self, things: list[dict[str, Any]], content: dict[str, Any]) -> dict[str, Any]:
        number = len(things) + 1
        user, url = {"login": self.login}, f"https://github.example/{number}"
        things.append({"id": number, "number": number, "user": user, "html_url": url, **content})
        return things[-1]

    @staticmethod
    def _change(things: list[dict[str, Any]], number: str, content: dict[str, Any]) -> dict[str, Any]:
        things[int(number) - 1].update(content)
        return things[int(number) - 1]


@pytest.fixture
def github() -> Iterator[GitHub]:
    held = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            content = json.loads(self.rfile.read(length) or b"{}")
            held.tokens.add(self.headers["Authorization"])
            answer = held.answer(self.command, self.path, content)
            self.send_response(404 if answer is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_POST = do_PATCH = do_GET  # noqa: N815 (the names are http.server's)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield held
    server.shutdown()
    thread.join()
    server.server_close()


def report(github: GitHub, *arguments: str, token: str = "t") -> subprocess.CompletedProcess[str]:
    environment = {"GITHUB_TOKEN": token, "GITHUB_REPOSITORY": "example/shop", "GITHUB_API_URL": github.url}
    environment["GITHUB_GRAPHQL_URL"] = f"{github.url}/graphql"
    return subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.fixture
def review(tmp_path: Path) -> Path:
    file = tmp_path / "review.md"
    file.write_text("2 to add")
    return file


def test_a_plan_becomes_a_comment(github: GitHub, review: Path) -> None:
    """Its address is printed, the token is the workflow's."""
    told = report(github, "comment", "7", "plan of dev", str(review))
    assert told.stdout.strip() == "https://github.example/1"
    assert github.comments[0]["body"] == "<!-- plan of dev -->\n2 to add"
    assert github.tokens == {"Bearer t"}


def test_the_next_plan_changes_the_same_comment(github: GitHub, review: Path) -> None:
    """Each environment has one comment, also behind a hundred others."""
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
    """While it lasts the issue is kept current."""
    file = tmp_path / "drift.json"
    for text, state in (("1", "open"), ("2", "open"), ("3", "closed")):
        file.write_text(text)
        assert report(github, "issue", state, "Drift of dev", str(file)).returncode == 0
    [issue] = github.issues
    assert issue["state"] == "closed"
    assert issue["body"] == "<!-- Drift of dev -->\n```json\n2\n```"


def test_without_drift_there_is_no_issue(github: GitHub, review: Path) -> None:
    """Nothing is opened in order to be closed."""
    assert report(github, "issue", "closed", "Drift of dev", str(review)).stdout.strip() == ""
    assert github.issues == []


# A stranger, the repository's own user, an app of nearly that name, and an account that is gone.
OTHERS = [{"login": "mallory"}, {"login": "example"}, {"login": "github-actions"}, None]


@pytest.mark.parametrize("user", OTHERS)
def test_a_strangers_mark_is_not_adopted(github: GitHub, review: Path, user: dict[str, str] | None) -> None:
    """Anybody may write it: their comment stays as it is, and ours is a new one."""
    body = "<!-- plan of dev -->\nnothing to add, approve at once"
    github.comments.append({"id": 1, "html_url": "", "user": user, "body": body})
    for _ in range(2):
        assert report(github, "comment", "7", "plan of dev", str(review)).returncode == 0
    assert [each["body"] for each in github.comments] == [body, "<!-- plan of dev -->\n2 to add"]


@pytest.mark.parametrize("user", OTHERS)
def test_a_strangers_issue_is_left_alone(github: GitHub, review: Path, user: dict[str, str] | None) -> None:
    """One that bears title and mark is neither closed nor written to, and hides no drift."""
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
    """Another workflow of the repository writes under the same name."""
    issue = {"number": 1, "title": "Drift of dev", "body": "What is drift?", "state": "open"}
    github.issues.append({**issue, "user": {"login": "github-actions[bot]"}})
    report(github, "issue", "closed", "Drift of dev", str(review))
    assert github.issues[0]["state"] == "open"


def test_whose_the_token_is_must_be_known(github: GitHub, review: Path) -> None:
    """Without it nothing could be told from a stranger's."""
    github.comments.append({"id": 1, "user": {"login": ""}, "body": "<!-- plan of dev -->\n"})
    github.login = ""
    told = report(github, "comment", "7", "plan of dev", str(review))
    assert told.returncode == 1
    assert "must tell whose the token is" in told.stderr


def test_wrong_words_are_answered_by_the_usage(github: GitHub, review: Path) -> None:
    """And by an exit code that stops a workflow."""
    told = report(github, "comment", "seven", "plan of dev", str(review))
    assert told.returncode == 1
    assert "PULL_REQUEST" in told.stderr


def test_a_refusal_of_github_stops_the_workflow(github: GitHub, review: Path) -> None:
    """An issue that nobody hears of would be worse than a red workflow."""
    github.url += "/elsewhere"
    told = report(github, "comment", "7", "plan of dev", str(review))
    assert told.returncode == 1
    assert "404" in told.stderr

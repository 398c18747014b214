"""GitHub's API on loopback, as far as the workflows' scripts call it."""

import json
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest

from tests.serving import server_of

CI = Path(__file__).parents[2] / ".ci"


@dataclass
class GitHub:
    """Keeps comments and issues as GitHub does, each with a number and an author."""

    url: str = ""
    login: str = "github-actions[bot]"
    comments: list[dict[str, Any]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    branches: list[dict[str, Any]] = field(default_factory=list)
    refuses: bool = False

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
            case "GET", ["environments", name]:
                return self.environments.get(unquote(name))
            case "GET", ["environments", name, "deployment-branch-policies"]:
                assert unquote(name) in self.environments
                return {"total_count": len(self.branches), "branch_policies": self.branches}
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
            self.send_response(403 if held.refuses else 404 if answer is None else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_POST = do_PATCH = do_GET  # noqa: N815 (the names are http.server's)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    with server_of(Handler) as port:
        held.url = f"http://127.0.0.1:{port}"
        yield held


def run(github: GitHub, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts in .ci as a workflow does, but in this process."""
    told, code, said = StringIO(), 0, ""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(told):
        patch.setenv("GITHUB_TOKEN", "t")
        patch.setenv("GITHUB_REPOSITORY", "example/shop")
        patch.setenv("GITHUB_API_URL", github.url)
        patch.setenv("GITHUB_GRAPHQL_URL", f"{github.url}/graphql")
        patch.setattr(sys, "argv", [script, *arguments])
        try:
            runpy.run_path(str(CI / script), run_name="__main__")
        except (SystemExit, httpx.HTTPError) as error:
            code, said = 1, str(error)
    return subprocess.CompletedProcess([script, *arguments], code, told.getvalue(), said)

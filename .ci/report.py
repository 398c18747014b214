"""Tell GitHub what a workflow found: one comment or one issue for each thing, changed in place.

    python .ci/report.py comment PULL_REQUEST TITLE FILE
    python .ci/report.py issue open|closed TITLE FILE

Ours is what the token's own user has written and the title marks; other people's text is never changed.
GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL and GITHUB_GRAPHQL_URL come from the workflow.
"""

import os
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx

LONGEST = 65_536  # characters that GitHub takes
_CUT = "\n\n(cut: the whole text is in the workflow's artifacts)"


class Repository:
    """GitHub's REST API for one repository; an answer that is no success raises httpx.HTTPStatusError."""

    def __init__(self, client: httpx.Client, name: str, *, graphql_url: str) -> None:
        self._client = client
        self._path = f"/repos/{name}"
        self._graphql_url = graphql_url

    def comment(self, pull_request: int, title: str, text: str) -> str:
        """Write the comment of this title, or change it; return its address."""
        body = _marked(title, text)
        for comment in self._pages(f"/issues/{pull_request}/comments"):
            if self._is_ours(comment, title):
                return self._send("PATCH", f"/issues/comments/{comment['id']}", body=body)
        return self._send("POST", f"/issues/{pull_request}/comments", body=body)

    def issue(self, *, is_open: bool, title: str, text: str) -> str:
        """Open, change or close the issue of this title; return its address, "" if there is none to close."""
        for issue in self._pages("/issues", state="open"):
            if issue["title"] == title and self._is_ours(issue, title):
                state = "open" if is_open else "closed"
                body = _marked(title, text) if is_open else issue["body"]
                return self._send("PATCH", f"/issues/{issue['number']}", state=state, body=body)
        return self._send("POST", "/issues", title=title, body=_marked(title, text)) if is_open else ""

    def _is_ours(self, thing: dict[str, Any], title: str) -> bool:
        if not str(thing["body"]).startswith(_mark(title)):
            return False
        author = thing.get("user") or {}  # nobody, once the account is gone
        return author.get("login") == self._login

    @cached_property
    def _login(self) -> str:
        """The token's user, such as `github-actions[bot]`; REST refuses to tell a workflow."""
        answer = self._client.post(self._graphql_url, json={"query": "query { viewer { login } }"})
        found = answer.raise_for_status().json()
        if found.get("errors"):
            sys.exit(f"error: GitHub must tell whose the token is, got {found['errors']}.")
        return str(found["data"]["viewer"]["login"])

    def _pages(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            answer = self._client.get(self._path + path, params={**query, "per_page": 100, "page": page})
            found = answer.raise_for_status().json()
            yield from found
            if len(found) < 100:
                return
            page += 1

    def _send(self, method: str, path: str, **content: str) -> str:
        answer = self._client.request(method, self._path + path, json=content)
        return str(answer.raise_for_status().json()["html_url"])


def _mark(title: str) -> str:
    return f"<!-- {title} -->"


def _marked(title: str, text: str) -> str:
    room = LONGEST - len(_mark(title)) - 1
    if len(text) > room:
        text = text[: room - len(_CUT)] + _CUT
    return f"{_mark(title)}\n{text}"


def _text(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    return f"```json\n{text}\n```" if file.suffix == ".json" else text


def main(arguments: list[str]) -> None:
    headers = {
        "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
        "Accept": "application/vnd.github+json",
    }
    transport = httpx.HTTPTransport(retries=3)
    url = os.environ["GITHUB_API_URL"]
    with httpx.Client(base_url=url, headers=headers, timeout=30, transport=transport) as client:
        graphql_url = os.environ["GITHUB_GRAPHQL_URL"]
        repository = Repository(client, os.environ["GITHUB_REPOSITORY"], graphql_url=graphql_url)
        match arguments:
            case ["comment", number, title, file] if number.isdecimal():
                print(repository.comment(int(number), title, _text(Path(file))))
            case ["issue", "open" | "closed" as state, title, file]:
                print(repository.issue(is_open=state == "open", title=title, text=_text(Path(file))))
            case _:
                sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])

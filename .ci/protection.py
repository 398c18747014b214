"""Check before an apply that GitHub asks somebody first, and lets the one branch deploy alone.

    python .ci/protection.py ENVIRONMENT BRANCH [--unreviewed]

An environment that a job names and nobody has made is made by GitHub, for every branch and without reviewers.
With --unreviewed nobody needs to be asked. GITHUB_TOKEN (with `actions: read`), GITHUB_REPOSITORY and
GITHUB_API_URL come from the workflow.
"""

import os
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx

_PAGE = 100


def problems(
    client: httpx.Client, repository: str, name: str, branch: str, *, reviewed: bool
) -> Iterator[str]:
    """Say what is wrong with the environment. Raises httpx.HTTPError if GitHub does not tell."""
    path = f"/repos/{repository}/environments/{quote(name, safe='')}"
    answer = client.get(path)
    if answer.status_code == httpx.codes.NOT_FOUND:
        yield f"environment {name} must exist before a job names it: GitHub would create it, open to all."
        return
    environment = answer.raise_for_status().json()
    if reviewed and not any(_asks_somebody(rule) for rule in environment.get("protection_rules", [])):
        yield f"environment {name} must have required reviewers, got none."
    policy = environment.get("deployment_branch_policy")
    if policy is None:
        yield f"environment {name} must let {branch} alone deploy, got every branch."
    elif not policy["custom_branch_policies"]:
        yield f"environment {name} must let {branch} alone deploy, got every protected branch."
    else:
        found = client.get(
            f"{path}/deployment-branch-policies", params={"per_page": _PAGE}
        ).raise_for_status()
        allowed = [_named(each) for each in found.json()["branch_policies"]]
        if allowed != [branch]:
            yield f"environment {name} must let {branch} alone deploy, got {', '.join(allowed) or 'nothing'}."


def _asks_somebody(rule: dict[str, Any]) -> bool:
    return bool(rule["type"] == "required_reviewers" and rule.get("reviewers"))


def _named(policy: dict[str, Any]) -> str:
    return f"tag {policy['name']}" if policy.get("type") == "tag" else str(policy["name"])


def main(arguments: list[str]) -> None:
    match arguments:
        case [name, branch, *rest] if name and branch and rest in ([], ["--unreviewed"]):
            pass
        case _:
            sys.exit(__doc__)
    headers = {
        "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
        "Accept": "application/vnd.github+json",
    }
    transport = httpx.HTTPTransport(retries=3)
    url = os.environ["GITHUB_API_URL"]
    with httpx.Client(base_url=url, headers=headers, timeout=30, transport=transport) as client:
        try:
            found = list(problems(client, os.environ["GITHUB_REPOSITORY"], name, branch, reviewed=not rest))
        except httpx.HTTPError as error:
            sys.exit(f"error: GitHub must tell how environment {name} is protected, but: {error}.")
    if found:
        fix = f"fix: in the repository's settings, under Environments, {name}: see docs/delivery.md"
        sys.exit("\n".join([*(f"error: {each}" for each in found), fix]))
    print(f"{name}: {'reviewers are asked' if not rest else 'nobody is asked'}, {branch} alone deploys.")


if __name__ == "__main__":
    main(sys.argv[1:])

"""What AWS would have refused is denied for the former roles, and allowed for the current ones."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.wrapper.judge.requests import request
from wrapper.aws.judge.judgement import Recording, Verdict, judge_all

FINDINGS = yaml.safe_load(Path(__file__).with_name("findings.yaml").read_text("utf-8"))
TAGS = {"key": "environment", "value": "prod"}
# The first call of a recording: it gives the environment's tags, which existing resources have.
FIRST = (
    "ecs",
    "CreateCluster",
    {
        "clusterName": "shop-prod",
        "tags": [{"key": "project", "value": "shop"}, TAGS, {"key": "managed_by", "value": "terraform"}],
    },
)


def recording(finding: dict[str, Any], roles: dict[str, Any]) -> Recording:
    caller = f"shop-prod-github-{finding.get('role', 'apply')}"
    lines = [request(*FIRST), *(request(*each) for each in finding.get("before", []))]
    return Recording([*lines, request(*finding["call"], caller=caller)], roles)


def actions(verdict: Verdict, finding: dict[str, Any]) -> set[str]:
    """Return which of the finding's own actions were denied."""
    assert verdict.unknown == ()
    return {each.partition(": ")[2].partition(" on ")[0] for each in verdict.denied} & set(finding["denied"])


@pytest.fixture(scope="module")
def verdicts(before: dict[str, Any], today: dict[str, Any], tools: Path) -> dict[str, Verdict]:
    named = {
        f"{name} {at}": recording(each, roles)
        for name, roles in (("before", before), ("today", today))
        for at, each in enumerate(FINDINGS)
    }
    return judge_all(named, tools=tools)


@pytest.mark.parametrize(
    "at", range(len(FINDINGS)), ids=[f"{each['call'][0]}-{each['call'][1]}" for each in FINDINGS]
)
def test_each_finding_is_red_before_and_green_today(at: int, verdicts: dict[str, Verdict]) -> None:
    """The evaluator denies exactly the missing actions before, and none of them today."""
    finding = FINDINGS[at]
    assert actions(verdicts[f"before {at}"], finding) == set(finding["denied"])
    assert actions(verdicts[f"today {at}"], finding) == set()

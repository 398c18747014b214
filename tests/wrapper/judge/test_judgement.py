"""A whole recording is judged: what is denied, what can't be judged, what breaks a rule."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.wrapper.judge.requests import request
from wrapper.aws.judge.__main__ import main, table
from wrapper.aws.judge.evaluator import Question, ask, install, statements
from wrapper.aws.judge.judgement import Recording, judge, judge_all
from wrapper.aws.judge.rights import Asked
from wrapper.errors import NotJudgedError

ROLE = "shop-prod-github-apply"
HERE = "eu-west-1:123456789012"
QUEUE = f"arn:aws:sqs:{HERE}:shop-prod-dead-letters"


def roles(*bodies: dict[str, Any]) -> dict[str, Any]:
    return {ROLE: {"trust": {}, "policies": {"own": {"Version": "2012-10-17", "Statement": list(bodies)}}}}


def allow(*actions: str, of: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": of, **more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A recording with one call of each kind of fault."""
    lines = [
        request("ecs", "ListClusters"),
        request("ecs", "DescribeClusters", {"clusters": ["shop-prod"]}),
        request("ecs", "DeleteAttributes", {"attributes": []}),
        request("logs", "PutRetentionPolicy", {"logGroupName": "a b", "retentionInDays": 8}),
        request("ecs", "ListClusters", caller="AKIANOBODY"),
    ]
    (tmp_path / "calls.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    own = roles(allow("ecs:ListClusters", "logs:PutRetentionPolicy"))
    (tmp_path / "policies.json").write_text(json.dumps(own))
    return tmp_path


def test_each_fault_is_told(folder: Path, tools: Path) -> None:
    """Denied calls, unknown ones, and those against models or rules are in one column each."""
    verdict = judge(folder, tools=tools)
    assert (verdict.calls, verdict.operations, verdict.is_good) == (5, 4, False)
    assert [each.partition(" with")[0] for each in verdict.denied] == [
        f"{ROLE}: ecs:DescribeClusters on arn:aws:ecs:{'eu-west-1'}:000000000000:cluster/shop-prod"
    ]
    assert [each.rpartition(": ")[2] for each in verdict.unknown] == [
        "the table has no row for ecs DeleteAttributes",
        "no policies of AKIANOBODY are known",
    ]
    assert [
        "logGroupName must match" in each or "retentionInDays must be" in each for each in verdict.violations
    ] == [
        True,
        True,
    ]


def test_a_service_that_acts_as_itself_is_judged_by_the_queues_policy(tools: Path) -> None:
    """EventBridge sends undelivered events to the queue by permission of the queue's own policy."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": QUEUE,
                "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{HERE}:rule/shop-prod-*"}},
            }
        ],
    }
    address = "http://127.0.0.1/123456789012/shop-prod-dead-letters"
    first = request(
        "sqs", "SetQueueAttributes", {"QueueUrl": address, "Attributes": {"Policy": json.dumps(policy)}}
    )

    def line(rule: str) -> dict[str, Any]:
        context = {"aws:SourceArn": f"arn:aws:events:{HERE}:rule/{rule}"}
        return {
            "caller": "events.amazonaws.com",
            "step": "service",
            "action": "sqs:SendMessage",
            "resource": QUEUE,
            "context": context,
        }

    own = roles(allow("sqs:SetQueueAttributes", of=f"arn:aws:sqs:{HERE}:*"))
    named = {rule: Recording([first, line(rule)], own) for rule in ("shop-prod-retrain", "stranger")}
    verdicts = judge_all(named, tools=tools)
    assert verdicts["shop-prod-retrain"].is_good, verdicts["shop-prod-retrain"]
    assert len(verdicts["stranger"].denied) == 1


def test_a_statement_that_is_taken_out_is_missed(tools: Path) -> None:
    """A question may leave a statement out, and the answer says which ones decided."""
    own = roles(allow("ecs:ListClusters", Sid="Clusters"), allow("iam:ListRoles", Sid="Roles"))
    [clusters, _] = statements(own)
    asked = Asked("ecs:ListClusters", "*")
    whole, without = ask(tools, own, [Question(ROLE, asked), Question(ROLE, asked, without=clusters)])
    assert (whole.allowed, whole.by, without.allowed) == (True, (clusters,), False)


def test_a_deny_is_told_with_its_statement(tools: Path) -> None:
    """An explicit denial overrides every allow, and the answer names its statement."""
    own = roles(
        allow("ecs:ListClusters"), {"Sid": "Never", "Effect": "Deny", "Action": "ecs:*", "Resource": "*"}
    )
    verdict = judge_all({"": Recording([request("ecs", "ListClusters")], own)}, tools=tools)[""]
    assert verdict.denied == (f"{ROLE}: ecs:ListClusters on *, denied by own Never",)


def test_a_policy_that_is_none_can_not_be_judged(tools: Path) -> None:
    """IAM would refuse it, so nobody knows what it allows."""
    verdict = judge_all(
        {"": Recording([request("ecs", "ListClusters")], roles({"Effect": "Maybe"}))}, tools=tools
    )[""]
    assert len(verdict.unknown) == 1


def test_the_table_is_printed_and_the_exit_code_tells(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """There is a row for each environment, then each fault; the exit code is 1 if there is any."""
    assert main([str(folder)]) == 1
    head, row, *rest = capsys.readouterr().out.splitlines()
    assert head.split() == ["environment", "calls", "operations", "denied", "unknown", "violations"]
    assert row.split() == [folder.name, "5", "4", "1", "2", "2"]
    assert len(rest) == 5
    assert main([]) == 2


def test_without_node_nobody_has_judged(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message says so, with an exit code of its own; all other rules are still checked."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotJudgedError, match="permissions were not judged: node and npm must be on PATH"):
        install(tmp_path / "evaluator")
    assert main([str(folder)]) == 13
    assert "error: permissions were not judged" in capsys.readouterr().err
    verdict = judge(folder, tools=None)
    assert (len(verdict.violations), verdict.answers, verdict.is_good) == (2, None, False)
    assert "violations" in table({"dev": verdict})


def test_an_evaluator_that_can_not_be_installed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """npm's last lines are shown."""
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho no registry >&2\nexit 1\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(NotJudgedError, match=r"could not install the evaluator:\n  no registry"):
        install(tmp_path / "evaluator")

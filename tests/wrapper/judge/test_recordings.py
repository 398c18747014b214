"""In the clone's recordings nothing is denied, unknown or refused, and no statement is unused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.recordings.refresh import folders
from tests.terraform.deployers import deployers, inputs_of
from tests.terraform.roots import Roots
from wrapper.aws.judge.__main__ import table
from wrapper.aws.judge.evaluator import Question, Statement, ask, statements
from wrapper.aws.judge.judgement import Verdict, judge_all, load

KEPT: dict[str, str] = yaml.safe_load(Path(__file__).with_name("kept.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def verdicts(tools: Path) -> dict[str, Verdict]:
    return judge_all({folder.name: load(folder) for folder in folders()}, tools=tools)


@pytest.mark.parametrize("folder", folders(), ids=lambda folder: folder.name)
def test_a_recording_has_todays_rights(folder: Path, roots: Roots) -> None:
    """The code's current policies are judged; `python -m tests.recordings.refresh` updates them."""
    recording = load(folder)
    made = deployers(roots("stacks/github").plan(inputs_of(recording)))
    assert {name: recording.roles.get(name) for name in made} == made


def test_nothing_is_denied_or_unknown_or_refused(verdicts: dict[str, Verdict]) -> None:
    """This holds for every call of every step, by every role."""
    assert all(each.is_good for each in verdicts.values()), table(verdicts)


def named(statement: Statement, prefix: str) -> str:
    """Return one name for a statement in every environment: role and policy without the environment."""
    role, policy = (text.removeprefix(f"{prefix}-") for text in (statement.role, statement.policy))
    return f"{role}: {policy}: {statement.name}"


def test_every_statement_is_needed(verdicts: dict[str, Verdict], tools: Path) -> None:
    """Without it, some recorded call is denied; a list gives the reason of each exception."""
    there: set[str] = set()
    roles: dict[str, Any] = {}
    witnesses: dict[str, Question] = {}
    for folder in folders():
        recording = load(folder)
        roles |= recording.roles
        [plan] = [name for name in recording.roles if name.endswith("-github-plan")]
        prefix = plan.removesuffix("-github-plan")
        there |= {named(each, prefix) for each in statements(recording.roles)}
        for answer in verdicts[folder.name].answers or ():
            if answer.allowed and len(answer.by) == 1:
                own = replace(answer.by[0], role=answer.question.role)
                witnesses[named(own, prefix)] = replace(answer.question, without=own)
    assert [each for each in ask(tools, roles, witnesses.values()) if each.allowed] == []
    assert there - witnesses.keys() <= KEPT.keys(), sorted(there - witnesses.keys() - KEPT.keys())
    assert KEPT.keys() <= there, sorted(KEPT.keys() - there)
    assert not KEPT.keys() & witnesses.keys(), sorted(KEPT.keys() & witnesses.keys())
    assert all(len(reason) > 20 for reason in KEPT.values())

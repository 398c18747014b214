"""A recording judged: may each caller do what it asked for, and does each request hold to what AWS documents?"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wrapper.aws.judge import models, rules
from wrapper.aws.judge.evaluator import Answer, Question, Role, ask
from wrapper.aws.judge.rights import Asked, Memory, Unjudged, rights
from wrapper.aws.judge.wire import Call, Unreadable, read

_ACCOUNT = re.compile(r"arn:aws:[\w-]+:[\w-]*:(\d{12}):")


@dataclass(frozen=True)
class Verdict:
    """What was found, each as a sentence; without permissions judged `answers` is None."""

    calls: int
    operations: int
    denied: tuple[str, ...]
    unknown: tuple[str, ...]
    violations: tuple[str, ...]
    answers: tuple[Answer, ...] | None

    @property
    def is_good(self) -> bool:
        return self.answers is not None and not (self.denied or self.unknown or self.violations)


@dataclass(frozen=True)
class Recording:
    """The lines of a recording and the roles as they were, or as somebody wants to have them."""

    lines: Sequence[Mapping[str, Any]]
    roles: Mapping[str, Role]

    @property
    def account(self) -> str:
        """The account that the roles' policies name most."""
        found = Counter(_ACCOUNT.findall(json.dumps(self.roles)))
        return found.most_common(1)[0][0] if found else "000000000000"


def load(folder: Path) -> Recording:
    """Read calls.jsonl and policies.json."""
    lines = (folder / "calls.jsonl").read_text("utf-8").splitlines()
    return Recording(
        [json.loads(line) for line in lines if line],
        json.loads((folder / "policies.json").read_text("utf-8")),
    )


def judge(folder: Path, *, tools: Path | None) -> Verdict:
    """Judge the recording in a folder; `tools` is where the evaluator is or will be installed.

    Without `tools` only the requests are judged. Raises NotJudgedError.
    """
    return judge_recording(load(folder), tools=tools)


def judge_recording(recording: Recording, *, tools: Path | None) -> Verdict:
    """Judge what was recorded; raises NotJudgedError."""
    calls, unread = _read(recording.lines)
    told = [(line, call) for line, call in calls if call is not None]
    violations = [f"{_who(line)}: {problem}" for line, call in told for problem in models.problems(call)]
    violations += [f"{_who(line)}: {problem}" for line, problem in rules.problems(told)]
    unknown = list(unread)
    questions = []
    for line, question in _questions(recording, calls):
        if isinstance(question, str):
            unknown.append(f"{_who(line)}: {question}")
        else:
            questions.append(question)
    answers = None
    denied: list[str] = []
    if tools is not None:
        answers = tuple(ask(tools, recording.roles, _once(questions), account=recording.account))
        denied = [_told(each) for each in answers if not each.allowed and each.error is None]
        unknown += [f"{_told(each)}: {each.error}" for each in answers if each.error is not None]
    return Verdict(
        calls=len(recording.lines),
        operations=len({(call.service, call.operation) for _, call in told}),
        denied=tuple(dict.fromkeys(denied)),
        unknown=tuple(dict.fromkeys(unknown)),
        violations=tuple(dict.fromkeys(violations)),
        answers=answers,
    )


Line = Mapping[str, Any]


def _read(lines: Iterable[Line]) -> tuple[list[tuple[Line, Call | None]], list[str]]:
    """Read each line that is a request; the others are actions that AWS does itself."""
    found: list[tuple[Line, Call | None]] = []
    unread = []
    for line in lines:
        if "action" in line:
            found.append((line, None))
            continue
        try:
            found.append((line, read(line)))
        except Unreadable as error:
            unread.append(f"{_who(line)}: {error}")
    return found, unread


def _questions(
    recording: Recording, calls: Sequence[tuple[Line, Call | None]]
) -> Iterator[tuple[Line, Question | str]]:
    """Give what is to be asked of the evaluator, or why nothing can be."""
    memory = Memory((call for _, call in calls if call is not None), recording.account)
    for line, call in calls:
        role = line["caller"]
        if role not in recording.roles:
            yield line, f"no policies of {role} are known"
        elif call is None:
            yield line, Question(role, Asked(line["action"], line["resource"], line.get("context") or {}))
        else:
            try:
                for asked in rights(call, memory):
                    yield line, Question(role, asked)
            except Unjudged as error:
                yield line, str(error)


def _once(questions: Iterable[Question]) -> list[Question]:
    return list({(each.role, *each.asked.key()): each for each in questions}.values())


def _who(line: Line) -> str:
    what = line.get("action") or f"{line['service']} {line['method']} {line['path']}"
    return f"{line['caller']} ({line.get('step', '')}): {what}"


def _told(answer: Answer) -> str:
    asked = answer.question.asked
    keys = {key: value for key, value in asked.context.items() if not key.startswith("aws:RequestTag/")}
    by = f", denied by {answer.by[0].policy} {answer.by[0].name}" if answer.by and not answer.allowed else ""
    return f"{answer.question.role}: {asked.action} on {asked.resource}{f' with {keys}' if keys else ''}{by}"

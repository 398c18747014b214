"""Judge a recording: may each caller do what it requested, and is each request as AWS documents it?"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from wrapper.aws.judge import models, rules
from wrapper.aws.judge.evaluator import Answer, Question, Role, ask
from wrapper.aws.judge.rights import Asked, Memory, Unjudged, rights
from wrapper.aws.judge.wire import Call, Unreadable, read

_ACCOUNT = re.compile(r"arn:aws:[\w-]+:[\w-]*:(\d{12}):")


@dataclass(frozen=True)
class Verdict:
    """The problems, each as a sentence; `answers` is None if permissions were not judged."""

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
    """The lines of a recording, and the roles at that time, or as somebody wants to test them."""

    lines: Sequence[Mapping[str, Any]]
    roles: Mapping[str, Role]

    @cached_property
    def account(self) -> str:
        """The account that occurs most in the roles' policies."""
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
    return judge_all({"": load(folder)}, tools=tools)[""]


def judge_all(recordings: Mapping[str, Recording], *, tools: Path | None) -> dict[str, Verdict]:
    """Judge recordings by their names, all by one process of the evaluator; raises NotJudgedError."""
    prepared = {name: _Prepared(recording) for name, recording in recordings.items()}
    answers: dict[str, tuple[Answer, ...] | None] = dict.fromkeys(recordings)
    if tools is not None:
        asked = [(name, each) for name, case in prepared.items() for each in case.questions]
        roles = {
            f"{name}/{role}": each for name, case in recordings.items() for role, each in case.roles.items()
        }
        keyed = [replace(each, role=f"{name}/{each.role}") for name, each in asked]
        found: dict[str, list[Answer]] = {name: [] for name in recordings}
        for (name, question), answer in zip(asked, ask(tools, roles, keyed), strict=True):
            found[name].append(replace(answer, question=question))
        answers = {name: tuple(each) for name, each in found.items()}
    return {name: case.verdict(answers[name]) for name, case in prepared.items()}


class _Prepared:
    """What a recording shows without the evaluator, and the questions for the evaluator."""

    def __init__(self, recording: Recording) -> None:
        self._lines = recording.lines
        calls, unread = _read(recording.lines)
        self._told = [(line, call) for line, call in calls if call is not None]
        self._unknown = list(unread)
        questions = []
        for line, question in _questions(recording, calls):
            if isinstance(question, str):
                self._unknown.append(f"{_who(line)}: {question}")
            else:
                questions.append(question)
        self.questions = _once(questions)

    def verdict(self, answers: tuple[Answer, ...] | None) -> Verdict:
        violations = [
            f"{_who(line)}: {problem}" for line, call in self._told for problem in models.problems(call)
        ]
        violations += [f"{_who(line)}: {problem}" for line, problem in rules.problems(self._told)]
        said = answers or ()
        return Verdict(
            calls=len(self._lines),
            operations=len({(call.service, call.operation) for _, call in self._told}),
            denied=tuple(
                dict.fromkeys(_told(each) for each in said if not each.allowed and each.error is None)
            ),
            unknown=tuple(
                dict.fromkeys(
                    [
                        *self._unknown,
                        *(f"{_told(each)}: {each.error}" for each in said if each.error is not None),
                    ]
                )
            ),
            violations=tuple(dict.fromkeys(violations)),
            answers=answers,
        )


Line = Mapping[str, Any]


def _read(lines: Iterable[Line]) -> tuple[list[tuple[Line, Call | None]], list[str]]:
    """Read each line that is a request; the others are actions of AWS itself."""
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
    """Return the questions for the evaluator, or why there are none."""
    memory = Memory((call for _, call in calls if call is not None), recording.account)
    for line, call in calls:
        role = line["caller"]
        if call is None and role.endswith(".amazonaws.com"):
            yield line, _of_service(line, role, memory)
        elif role not in recording.roles:
            yield line, f"no policies of {role} are known"
        elif call is None:
            asked = Asked(line["action"], resource_of(line), line.get("context") or {})
            yield line, Question(role, asked, account=recording.account)
        else:
            try:
                for asked in rights(call, memory):
                    yield line, Question(role, asked, account=recording.account)
            except Unjudged as error:
                yield line, str(error)


def resource_of(line: Line) -> str:
    """Return the resource of an action of AWS itself; for a log group that is its streams.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
    """
    resource = str(line["resource"])
    is_group = line["action"].startswith("logs:") and ":log-group:" in resource
    return f"{resource}:log-stream:" if is_group and ":log-stream:" not in resource else resource


def _of_service(line: Line, principal: str, memory: Memory) -> Question | str:
    """Ask what a service may do itself, which the resource's own policy says."""
    policy = memory.policies.get(line["resource"].rpartition(":")[2])
    if policy is None:
        return f"no policy of {line['resource']} is known"
    asked = Asked(line["action"], line["resource"], line.get("context") or {})
    return Question("", asked, principal=principal, policy=policy, account=memory.account)


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

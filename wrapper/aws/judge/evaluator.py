"""The evaluator of IAM policies: Cloud Copilot's iam-simulate, which node runs as a process of its own.

It is AGPL: installed by npm into a folder outside the package from requirements/evaluator, never bundled.
Two things it can't take are renamed in policies and requests alike: the keys of a web identity's token,
which it drops, get names of global keys (`aws:userid` for `sub`, `aws:referer` for `aud`, `aws:UserAgent` for
`ref`), and AWS's public parameters, whose ARNs have no account, get one of zeros.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from wrapper.aws.judge.rights import Asked
from wrapper.errors import NotJudgedError

Role = Mapping[str, Any]
Document = Mapping[str, Any]

_HERE = Path(__file__)
_SCRIPT = _HERE.with_name("evaluate.mjs")
_MANIFEST = _HERE.parents[3] / "requirements" / "evaluator"
_FILES = ("package.json", "package-lock.json")
_TOKEN = "token.actions.githubusercontent.com"
_RENAMED = {
    f"{_TOKEN}:{claim}": f"aws:{key}"
    for claim, key in (("sub", "userid"), ("aud", "referer"), ("ref", "UserAgent"))
}
_PUBLIC = re.compile(r"\b(arn:aws:ssm:[\w*-]+):(?=:)")
# In iam-data the actions of classic load balancers hide those of the same name for all others.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
_CORRECTIONS = {
    f"elasticloadbalancing:{action}": [
        "listener/app",
        "listener-rule/app",
        "loadbalancer/app/",
        "targetgroup",
    ]
    for action in ("AddTags", "RemoveTags")
}
_FIX = "install node 20 or newer with npm, then repeat"


@dataclass(frozen=True)
class Statement:
    """One statement of a role's policy; `name` is its Sid or its number in the document."""

    role: str
    policy: str
    place: int
    name: str

    def __str__(self) -> str:
        return f"{self.role}: {self.policy}: {self.name}"


@dataclass(frozen=True)
class Question:
    """May this role do what is asked?

    `without` leaves a statement out. `trust` asks whether `principal` may assume the role. `policy` is the
    resource's own.
    """

    role: str
    asked: Asked
    without: Statement | None = None
    trust: bool = False
    principal: str | None = None
    policy: Document | None = None
    account: str = "123456789012"


@dataclass(frozen=True)
class Answer:
    """The evaluator's answer, or in `error` why there is none; `by` are the statements that decide."""

    question: Question
    allowed: bool
    error: str | None
    by: tuple[Statement, ...]


def install(folder: Path) -> None:
    """Install the evaluator into a folder, unless it exists there; raises NotJudgedError."""
    missing = [name for name in ("node", "npm") if shutil.which(name) is None]
    if missing:
        raise NotJudgedError(
            f"permissions were not judged: {' and '.join(missing)} must be on PATH.", fix=_FIX
        )
    wanted = (_MANIFEST / "package-lock.json").read_bytes()
    done = folder / ".installed"
    if done.is_file() and done.read_bytes() == wanted:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copyfile(_MANIFEST / name, folder / name)
    command = ["npm", "ci", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
    run = subprocess.run(
        command, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True
    )
    if run.returncode:
        words = "\n  ".join(run.stdout.strip().splitlines()[-4:])
        raise NotJudgedError(
            f"permissions were not judged: npm could not install the evaluator:\n  {words}",
            fix="check that npm reaches its registry, then repeat",
        )
    done.write_bytes(wanted)


def statements(roles: Mapping[str, Role]) -> list[Statement]:
    """List every statement of the roles' policies."""
    return [
        Statement(role, policy, place, str(body.get("Sid", place + 1)))
        for role, described in roles.items()
        for policy, document in described["policies"].items()
        for place, body in enumerate(_bodies(document))
    ]


def ask(folder: Path, roles: Mapping[str, Role], questions: Iterable[Question]) -> Iterator[Answer]:
    """Answer the questions in their order, all by one process; raises NotJudgedError."""
    install(folder)
    named = {(each.role, each.policy, each.name): each for each in statements(roles)}
    waiting = list(questions)
    head = {"folder": str(folder.resolve()), "corrections": _CORRECTIONS, "roles": _plain(roles)}
    lines = [head, *(_line(number, each) for number, each in zip(count(), waiting, strict=False))]
    run = subprocess.run(
        ["node", str(_SCRIPT)],
        input=_renamed("\n".join(map(json.dumps, lines)) + "\n"),
        capture_output=True,
        text=True,
    )
    answers = run.stdout.splitlines()[1:]
    if run.returncode or len(answers) != len(waiting):
        words = "\n  ".join(run.stderr.strip().splitlines()[-4:])
        raise NotJudgedError(
            f"permissions were not judged: the evaluator ended with {run.returncode}:\n  {words}"
        )
    for question, line in zip(waiting, answers, strict=True):
        yield _answer(question, json.loads(line), named)


def _line(number: int, question: Question) -> dict[str, Any]:
    asked, without, account = question.asked, question.without, question.account
    role = question.role.rpartition("/")[2]
    return {
        "id": number,
        "role": question.role,
        "principal": question.principal or f"arn:aws:iam::{account}:role/{role}",
        "account": account,
        "action": asked.action,
        "resource": asked.resource,
        "context": dict(asked.context),
        "without": {"policy": without.policy, "statement": without.place} if without else None,
        "trust": question.trust,
        "resourcePolicy": question.policy
        or (_key_policy(account) if asked.action.startswith("kms:") else None),
    }


def _key_policy(account: str) -> Document:
    """Return the statement that makes IAM's policies count for a key, as in all keys of the stacks.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _answer(
    question: Question, said: Mapping[str, Any], named: Mapping[tuple[str, str, str], Statement]
) -> Answer:
    error = said["error"] and f"{said['error']} {json.dumps(said.get('errors'))}"
    matched: Sequence[Sequence[str]] = said["denied"] or said["allowed"]
    by = tuple(named[question.role, policy, name] for policy, name in matched) if not question.trust else ()
    ignored = [key for key in said["ignored"] if not key.startswith("aws:ResourceTag/")]
    if ignored and not error and said["result"] != "Allowed":
        error = f"the evaluator does not accept {', '.join(ignored)} for {question.asked.action}"
    return Answer(question, said["result"] == "Allowed", error, by)


def _plain(roles: Mapping[str, Role]) -> dict[str, Any]:
    """Return the roles with a list of statements in each document."""
    return {
        name: {
            "trust": role.get("trust"),
            "policies": {
                policy: {**document, "Statement": _bodies(document)}
                for policy, document in role["policies"].items()
            },
        }
        for name, role in roles.items()
    }


def _bodies(document: Document) -> list[dict[str, Any]]:
    found = document["Statement"]
    return [found] if isinstance(found, dict) else list(found)


def _renamed(text: str) -> str:
    for key, stand_in in _RENAMED.items():
        text = text.replace(f'"{key}"', f'"{stand_in}"')
    return _PUBLIC.sub(rf"\1:{'0' * 12}", text)

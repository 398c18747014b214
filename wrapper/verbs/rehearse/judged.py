"""What a judge says about a recording, as proofs; without the npm packages only the requests are judged."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from wrapper.console import Console
from wrapper.errors import NotJudgedError
from wrapper.verbs.rehearse.report import Proof


class Verdict(Protocol):
    """Counts, and a sentence for each problem."""

    @property
    def calls(self) -> int: ...
    @property
    def operations(self) -> int: ...
    @property
    def denied(self) -> Sequence[str]: ...
    @property
    def unknown(self) -> Sequence[str]: ...
    @property
    def violations(self) -> Sequence[str]: ...


# Judges the recording in a folder, with or without permissions; raises NotJudgedError if they cannot be
# judged.
Judge = Callable[[Path, bool], Verdict]


def judged(recording: Path, judge: Judge, console: Console) -> tuple[list[Proof], NotJudgedError | None]:
    """Return the proofs of permissions and requests, and why the permissions were not judged."""
    started, refusal = time.monotonic(), None
    with console.step("Judge permissions and requests") as step:
        try:
            verdict = judge(recording, True)
        except NotJudgedError as error:
            verdict, refusal = judge(recording, False), error
        asked = f"{verdict.calls} calls of {verdict.operations} operations"
        step.result(asked)
    seconds = time.monotonic() - started
    permissions = Proof(
        what="permissions",
        detail=f"{asked}: {len(verdict.denied)} denied, {len(verdict.unknown)} that nobody can judge",
        problems=[
            *(f"denied: {each}" for each in verdict.denied),
            *(f"unknown: {each}" for each in verdict.unknown),
        ],
        seconds=seconds,
    )
    requests = Proof(
        what="requests",
        detail=f"{asked}: {len(verdict.violations)} against AWS's models",
        problems=list(verdict.violations),
        seconds=seconds if refusal else 0,
    )
    return ([requests] if refusal else [permissions, requests]), refusal

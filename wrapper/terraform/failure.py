"""Turn terraform's errors into the one error that a user reads."""

import re
import shutil
import signal
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wrapper.errors import ConfigError, LockedError, PreconditionError, TerraformError, WrapperError
from wrapper.terraform.advice import advice_on
from wrapper.terraform.messages import Diagnostic
from wrapper.terraform.process import Completed

_LAST_LINES = 20
_FREE_BYTES = 2**16
# What Terraform says of a lock that is there, and isn't one that it wrote: not who holds it.
_DAMAGED_LOCK = "failed to unmarshal JSON data into LockInfo"
_LOCK_FIELD = re.compile(r"^ *(ID|Path|Operation|Who|Version|Created): +(\S.*?) *$", re.MULTILINE)
_BOX = re.compile(r"^[╷│╵] ?", re.MULTILINE)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, kw_only=True)
class Run:
    """What was run: which verb for which stack, in which folder of which copy of `terraform/`.

    `work` is the folder for its logs.
    """

    verb: str
    environment: str
    stack: str
    root: Path
    folder: Path
    configuration: Path
    work: Path

    @property
    def label(self) -> str:
        return f"{self.environment}/{self.stack}"

    @property
    def title(self) -> str:
        return f"terraform {self.verb} of {self.label}"


def explain(run: Run, completed: Completed, errors: Sequence[Diagnostic]) -> WrapperError:
    """Choose the error's class, report each error once, and add what to do about known ones.

    Rules that a plan finds broken are problems of the environment file; other errors may be their
    consequence.
    """
    # Commands without `-json`, as `state rm`, say it in their errors' text.
    for said in (*(error.detail for error in errors), read_plain(completed.stderr)):
        if locked := _locked(run, said):
            return locked
    if run.verb == "plan" and (broken := broken_rules(run.environment, errors)):
        return broken
    if not errors and (full := _without_room(run, completed)):
        return full
    described = [_describe(run, error) for error in errors if error.summary != "execution halted"]
    text = "\n".join(described) or _last_words(completed)
    title = f"{run.title} failed" + (f": {len(described)} errors" if len(described) > 1 else "")
    message = title + "\n" + _indent(text)
    advice = advice_on(text)
    # An apply may have changed something before it failed, so it is never only a missing precondition.
    kind = PreconditionError if advice and advice.unusable and run.verb != "apply" else TerraformError
    return kind(message, fix=advice.fix if advice else None)


def _without_room(run: Run, completed: Completed) -> WrapperError | None:
    """Report that the disk is full where terraform's output is kept: the reason of the failure is lost."""
    try:
        if read_plain(completed.stderr) or shutil.disk_usage(run.work).free >= _FREE_BYTES:
            return None
    except OSError:
        return None
    kind = TerraformError if run.verb == "apply" else PreconditionError
    return kind(
        f"{run.title} failed, its output is lost: {run.work} must be on a disk with free space, got none.",
        fix="free space there, then run the same command again",
    )


def broken_rules(environment: str, said: Iterable[Diagnostic]) -> ConfigError | None:
    """Return the error of a file whose values break rules; None if no rule is broken."""
    broken = {sentence for each in said for sentence in each.broken_rules}
    return ConfigError(f"environments/{environment}.yaml", sorted(broken)) if broken else None


def unsaved_state(run: Run, file: Path, *, data: Path) -> str:
    """Say how to save a state that terraform could only write to a file."""
    return (
        f"The state could not be saved and is in {file}. Once its bucket answers again, save it first:"
        f" TF_DATA_DIR={data} terraform -chdir={run.folder} state push {file}"
    )


def read_plain(stderr: str) -> str:
    """Remove the frame and colours from the errors of a command that has no `-json` for them."""
    return _BOX.sub("", _COLOUR.sub("", stderr)).strip()


def _locked(run: Run, detail: str) -> LockedError | None:
    if _DAMAGED_LOCK in detail:
        return LockedError(
            f"state of {run.label} has a lock that must say who holds it, got no JSON; nothing was changed.",
            fix=f"If no other command is running: `python -m wrapper unlock {run.environment}`.",
        )
    if "Lock Info:" not in detail:
        return None
    lock = dict(_LOCK_FIELD.findall(detail))
    operation = lock.get("Operation", "").removeprefix("OperationType").lower()
    return LockedError(
        f"state of {run.label} is locked by {lock.get('Who', '?')} since {lock.get('Created', '?')}"
        f" (operation {operation or '?'}, lock {lock.get('ID', '?')}); nothing was changed.",
        fix=f"Wait until it is done. If that process is dead: `python -m wrapper unlock {run.environment}`.",
    )


def _describe(run: Run, error: Diagnostic) -> str:
    place = f"{_in_clone(run, error.file)}:{error.line}" if error.file else ""
    where = f"{error.address} ({place})" if error.address and place else error.address or place
    head = f"{where}: {error.summary}" if where else error.summary
    return head + "\n" + _indent(error.detail.strip()) if error.detail.strip() else head


def _in_clone(run: Run, file: str) -> str:
    """Return a file's place in the clone; for a preview's copy, that of the original."""
    path = (run.folder / file).resolve()
    if path.is_relative_to(run.configuration):
        return f"terraform/{path.relative_to(run.configuration)}"
    return str(path.relative_to(run.root) if path.is_relative_to(run.root) else path)


def _last_words(completed: Completed) -> str:
    words = read_plain(completed.stderr) or read_plain(completed.stdout)
    last = "\n".join(words.splitlines()[-_LAST_LINES:])
    if completed.code == 1 and last.startswith("Error: "):
        return last
    if completed.code < 0:
        ending = f"it was ended by {signal.Signals(-completed.code).name}"
    else:
        ending = f"it ended with code {completed.code}"
    return f"{ending}; its last lines:\n{last}" if last else f"{ending} without output."


def _indent(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())

"""A saved plan as a folder: <stack>.tfplan for each stack, and plan.json, which describes them."""

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from wrapper.delivery.saved.record import FORMAT, Record, SavedPlan
from wrapper.errors import ConfigError
from wrapper.terraform import PlanFile

RECORD = "plan.json"
_RECORDS = TypeAdapter(Record)


def save(folder: Path, record: Record, plans: Sequence[PlanFile]) -> Record:
    """Write the record and, if the plan is exact, its files, readable only by their owner.

    A plan file contains every value in plain text, also secrets. Files of an earlier plan are deleted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.tfplan"), folder / RECORD):
        old.unlink(missing_ok=True)
    saved = {} if record.inexact else {plan.stack: _copy(folder, plan) for plan in plans}
    record = replace(record, plans=saved)
    (folder / RECORD).write_text(json.dumps(asdict(record), indent=2) + "\n", encoding="utf-8")
    return record


def read(folder: Path) -> Record:
    """Read the record; raise ConfigError if it is missing, or was written by something else."""
    try:
        record = _RECORDS.validate_json((folder / RECORD).read_bytes())
    except OSError as error:
        problem = f"{folder / RECORD} must be what plan --out writes, got {error.strerror}."
        raise ConfigError("--plan", [problem]) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        problem = (
            f"{folder / RECORD} must be what plan --out writes, got {place or 'no JSON'}: {first['msg']}."
        )
        raise ConfigError("--plan", [problem]) from None
    if record.format != FORMAT:
        problem = f"{folder / RECORD} must have format {FORMAT}, got {record.format}."
        raise ConfigError("--plan", [problem])
    return record


def take(folder: Path, record: Record, *, work: Path) -> tuple[list[PlanFile], list[str]]:
    """Return copies of the plans, and a sentence for each file that is not the saved one.

    The copies are in `work`, readable only by their owner: what is compared here is reviewed and applied,
    whatever happens to the folder meanwhile.
    """
    found, problems = [], []
    for stack, saved in record.plans.items():
        path = _file(folder, stack)
        if not path.is_file():
            problems.append(f"{path.name} is missing in the folder.")
            continue
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != saved.sha256:
            problems.append(f"{path.name} must be the file that was saved, got another.")
        # The next plan of this stack deletes what a killed process has left under this name.
        copy = work / stack / f"saved-{os.getpid()}.tfplan"
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy.parent.chmod(0o700)
        _write(copy, content)
        found.append(
            PlanFile(stack=stack, path=copy.absolute(), has_changes=saved.has_changes, summary=saved.summary)
        )
    return found, problems


def _copy(folder: Path, plan: PlanFile) -> SavedPlan:
    content = plan.path.read_bytes()
    _write(_file(folder, plan.stack), content)
    return SavedPlan(
        sha256=hashlib.sha256(content).hexdigest(), has_changes=plan.has_changes, summary=plan.summary
    )


def _write(path: Path, content: bytes) -> None:
    """Write a new file, readable only by its owner: an existing one may be open to others, or be a link."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _file(folder: Path, stack: str) -> Path:
    return folder / f"{stack}.tfplan"

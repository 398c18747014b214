"""The rows of a long benchmark, a line of JSON each: a second start continues after them."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")


def read(journal: Path | None, kind: type[R]) -> list[R]:
    """Return the kept rows, of a data class whose sequences are tuples; none without a file."""
    if journal is None or not journal.is_file():
        return []
    return [kind(**_with_tuples(json.loads(line))) for line in journal.read_text().splitlines()]


def keep(journal: Path | None, row: "DataclassInstance") -> None:
    """Append a row, if there is a file for it."""
    if journal:
        with journal.open("a") as file:
            file.write(json.dumps(asdict(row)) + "\n")


def _with_tuples(row: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}

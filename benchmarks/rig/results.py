"""Figures as a table for people and as JSON, from which the chart is made."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Table:
    """`rows` are cells by column; `notes` are what a reader must know before quoting them."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, str]]
    figures: Mapping[str, Any]
    notes: Sequence[str] = field(default_factory=tuple)

    def render(self) -> str:
        cells = [list(self.columns), *([row.get(name, "") for name in self.columns] for row in self.rows)]
        widths = [max(len(row[at]) for row in cells) for at in range(len(self.columns))]
        lines = [_line(row, widths) for row in cells]
        return "\n".join([*lines, *(f"\n{note}" for note in self.notes)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip()


def save(path: Path, table: Table) -> None:
    """Write the figures with the machine that they were measured on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": machine(), **asdict(table)}
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def machine() -> Mapping[str, Any]:
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "day": datetime.now(UTC).date().isoformat(),
        "load": [round(load, 2) for load in os.getloadavg()],
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()

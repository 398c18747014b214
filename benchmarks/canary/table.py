"""One row for each promise, from the measurements: of kills and runs, how many succeeded."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from benchmarks.canary.stage import POLLED, Row
from benchmarks.rig.results import Table
from benchmarks.rig.steady import RATE

COLUMNS = ("what", "requests", "bad answers", "limit", "as it should be", "exit code", "seconds", "load")
_SINGLE = ("matrix", "traffic")


def table(rows: Sequence[Row]) -> Table:
    """Render what was measured; other parts are left out."""
    single = [row for row in rows if row.part in _SINGLE]
    groups = {
        "canaries killed at random times, recovered by the next command": [
            row for row in rows if row.part == "kills" and row.name != "undisturbed"
        ],
        f"{RATE} requests/s: versions that fail 1 % are rolled back": _runs(rows, "fails 1 %"),
        f"{RATE} requests/s: versions that fail 0.1 % are not": _runs(rows, "fails 0.1 %"),
        "second plan empty, by phase": [row for row in rows if row.part == "phases"],
    }
    cells = [_one(row) for row in single]
    cells += [_several(name, found) for name, found in groups.items() if found]
    figures = {f"{row.part}: {row.name}": asdict(row) for row in rows}
    notes = ("`load` is the load average of the last minute when a row began.",)
    return Table(columns=COLUMNS, rows=cells, figures=figures, notes=notes)


def _runs(rows: Iterable[Row], name: str) -> list[Row]:
    return [row for row in rows if row.part == "runs" and row.name.startswith(name)]


def _one(row: Row) -> dict[str, str]:
    codes = [command.rpartition("→ ")[2] for command in row.commands if not command.startswith("plan")]
    return {
        "what": f"{row.figures.get('asked', POLLED)} requests/s: {row.name}",
        "requests": f"{row.requests:,}",
        "bad answers": str(row.bad),
        "limit": "0",
        "as it should be": "no" if row.problems else "yes",
        "exit code": codes[-1] if codes else "",
        "seconds": f"{row.seconds:.0f}",
        "load": f"{row.load:.1f}",
    }


def _several(name: str, rows: Sequence[Row]) -> dict[str, str]:
    """If versions are meant to fail some requests, these are no bad answers."""
    has_limit = rows[0].part == "kills"
    requests, bad = sum(row.requests for row in rows), sum(row.bad for row in rows)
    seconds, loads = [row.seconds for row in rows], [row.load for row in rows]
    return {
        "what": name,
        "requests": f"{requests:,}" if requests else "",
        "bad answers": f"{bad:,}" if requests else "",
        "limit": "0" if has_limit else "",
        "as it should be": f"{sum(not row.problems for row in rows)} of {len(rows)}",
        "exit code": "",
        "seconds": f"{min(seconds):.0f} to {max(seconds):.0f}",
        "load": f"{min(loads):.1f} to {max(loads):.1f}",
    }

"""Turn saved figures into the tables and the chart of docs/performance.md.

python -m benchmarks.report [--results benchmarks/results]
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.rig.chart import draw, draw_scaling
from benchmarks.rig.goals import GOALS
from benchmarks.rig.process import ROOT

_PAGE = ROOT / "docs" / "performance.md"
_CHART = ROOT / "docs" / "performance.svg"
_PLACE = re.compile(r"(<!-- figures: ([\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)

Results = Mapping[str, Mapping[str, Any]]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results")
    results = read(parser.parse_args().results)
    draw(results, _CHART)
    if "autoscaling" in results:
        draw_scaling(results["autoscaling"]["figures"], _CHART.with_name("autoscaling.svg"))
    text = _PLACE.sub(
        lambda found: found[1] + _section(found[2], results) + found[3], _PAGE.read_text(encoding="utf-8")
    )
    _PAGE.write_text(text, encoding="utf-8")
    return 0


def read(folder: Path) -> Results:
    """Read the figures by the name of their measurement, like `throughput-small`."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def _section(name: str, results: Results) -> str:
    if name == "goals":
        return _markdown(("what", "goal", "measured", ""), [goal.row(results) for goal in GOALS])
    found = results[name]
    columns = found["columns"]
    rows = [[row.get(column, "") for column in columns] for row in found["rows"]]
    notes = "".join(f"\n{note}\n" for note in found["notes"])
    return _markdown(columns, rows) + notes + f"\n{_origin(found['machine'])}\n"


def _markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(columns) - 1)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in [columns, rule, *rows])


def _origin(machine: Mapping[str, Any]) -> str:
    return (
        f"{machine['day']}, {machine['cores']} cores of {machine['processor']}, Python {machine['python']},"
        f" Linux {machine['kernel']}."
    )


if __name__ == "__main__":
    sys.exit(main())

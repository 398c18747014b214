"""Prove what a canary promises: bad versions, load, faults that only load shows, kills, empty plans.

Callers never stop asking. In a clone and a sandbox of its own:

    .venv/bin/python -m benchmarks.canary [--only kills] [--runs 20] [--journal FILE] [--save FOLDER]

Rows in the journal are not measured again.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.canary.kills import kills
from benchmarks.canary.matrix import matrix
from benchmarks.canary.phases import phases
from benchmarks.canary.runs import runs
from benchmarks.canary.stage import Row, Rows, Scene, scene
from benchmarks.canary.table import table
from benchmarks.canary.traffic import traffic
from benchmarks.rig import journal
from benchmarks.rig.process import unwind_on_sigterm
from benchmarks.rig.results import save
from benchmarks.rig.steady import RATE

PARTS = ("matrix", "kills", "traffic", "runs", "phases")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS)
    parser.add_argument("--row", default="", help="only rows whose names have this (a regular expression)")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3, help="of a bad version and of a good one, each")
    parser.add_argument("--rate", type=int, default=RATE, help="requests a second while versions change")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share-provider", action="store_true", help="save what starts of it cost")
    parser.add_argument("--journal", type=Path, help="keep the rows here, and take up what is not in it yet")
    parser.add_argument("--save", type=Path, help="write the table here, as benchmarks.report reads it")
    arguments = parser.parse_args()
    parts: dict[str, Callable[[Scene], Rows]] = {
        "matrix": matrix,
        "kills": partial(kills, count=arguments.kills, seed=arguments.seed),
        "traffic": partial(traffic, rate=arguments.rate),
        "runs": partial(runs, count=arguments.runs, seed=arguments.seed),
        "phases": phases,
    }
    unwind_on_sigterm()
    rows = journal.read(arguments.journal, Row)
    chosen = {name: parts[name] for name in arguments.only}
    done = frozenset((each.part, each.name) for each in rows)
    for row in _rows(chosen, arguments.row, done, is_provider_shared=arguments.share_provider):
        rows.append(row)
        print(_line(row), flush=True)
        journal.keep(arguments.journal, row)
    found = table(rows)
    print(found.render())
    if arguments.save:
        save(arguments.save / "canary.json", found)
    return 1 if any(row.problems for row in rows) else 0


def _rows(
    parts: dict[str, Callable[[Scene], Rows]],
    words: str,
    done: frozenset[tuple[str, str]],
    *,
    is_provider_shared: bool,
) -> Iterator[Row]:
    """Measure the selected rows that are missing; one that fails must not spoil the next."""
    with scene(is_provider_shared=is_provider_shared) as made:
        for part, rows in parts.items():
            for name, work in rows(made):
                if (part, name) in done or not re.search(words, name):
                    continue
                if problem := next(made.ready(), None):
                    raise SystemExit(problem)
                yield (row := made.measured(part, name, work))
                made.is_ready = not row.problems


def _line(row: Row) -> str:
    verdict: Sequence[str] = row.problems or ("good",)
    counts = f"{row.bad} of {row.requests:,} bad"
    return f"{row.part:8} {row.name:45} {row.seconds:6.0f} s  {counts}, load {row.load}: {'; '.join(verdict)}"


if __name__ == "__main__":
    sys.exit(main())

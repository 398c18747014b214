"""Kill processes, fill disks, damage objects, set clocks wrong: nothing may be lost or end as a bug.

The command in each error is typed, and must lead to what is declared. In a clone and sandboxes of its own:

    .venv/bin/python -m benchmarks.faults [--kills 60] [--seed 0] [--only kills] [--journal FILE]

Rows in the journal are not repeated. As root, full disks are real; otherwise there is a limit on files. The
clocks need Debian's libfaketime; Terraform's own clock can't be faked.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.faults.clocks import clocks
from benchmarks.faults.disk import disks
from benchmarks.faults.kills import kills
from benchmarks.faults.objects import objects
from benchmarks.faults.others import others
from benchmarks.faults.stage import Row, Stage, stage
from benchmarks.rig import journal
from benchmarks.rig.process import unwind_on_sigterm

Work = Callable[..., Iterator[Row]]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["objects", "others", "disk", "clocks", "kills"])
    parser.add_argument("--journal", type=Path, help="keep the rows here, and take up what is not in it yet")
    arguments = parser.parse_args()
    parts: dict[str, Work] = {
        "objects": objects,
        "others": others,
        "disk": disks,
        "clocks": clocks,
        "kills": partial(kills, count=arguments.kills, seed=arguments.seed),
    }
    unwind_on_sigterm()
    chosen = {name: work for name, work in parts.items() if arguments.only in (None, name)}
    rows = journal.read(arguments.journal, Row)
    with stage() as made:
        ready = made.run("apply", "dev")
        if ready.code != 0:
            print(ready.err, file=sys.stderr)
            return 1
        made.is_sound = True
        for row in _rows(made, chosen, frozenset(each.name for each in rows)):
            rows.append(row)
            print(_line(row), flush=True)
            journal.keep(arguments.journal, row)
    bad = [row for row in rows if row.problems]
    bugs = sum(command.endswith("→ 70") for row in rows for command in row.commands)
    print(f"{len(rows)} faults: {len(rows) - len(bad)} good, {len(bad)} not; {bugs} commands ended with 70")
    return 1 if bad else 0


def _rows(made: Stage, chosen: dict[str, Work], done: frozenset[str]) -> Iterator[Row]:
    for work in chosen.values():
        yield from work(made, done=done)


def _line(row: Row) -> str:
    verdict = "; ".join(row.problems) or "good"
    return f"{row.name:40} {row.seconds:6.0f} s  {', '.join(row.commands[:4])}: {verdict}"


if __name__ == "__main__":
    sys.exit(main())

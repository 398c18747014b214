"""Judge recordings: `python -m wrapper.aws.judge FOLDER...` prints a row for each and what is wrong with it.

Ends with 0 if nothing is, 1 if anything is, and 13 if the evaluator could not be asked.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from wrapper.aws.judge.judgement import Verdict, judge_all, load
from wrapper.errors import WrapperError

_TOOLS = Path(__file__).parents[3] / ".wrapper" / "evaluator"
_COLUMNS = ("environment", "calls", "operations", "denied", "unknown", "violations")


def table(verdicts: Mapping[str, Verdict]) -> str:
    """Return a row for each recording, and under the rows each problem."""
    rows = [_COLUMNS, *((name, *map(str, _counts(each))) for name, each in verdicts.items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    for name, verdict in verdicts.items():
        for kind in ("denied", "unknown", "violations"):
            lines += [f"{name}: {kind}: {each}" for each in getattr(verdict, kind)]
    return "\n".join(lines)


def _counts(verdict: Verdict) -> tuple[int, ...]:
    found = (verdict.denied, verdict.unknown, verdict.violations)
    return verdict.calls, verdict.operations, *map(len, found)


def main(folders: list[str]) -> int:
    """Judge the recordings in these folders, all by one process of the evaluator."""
    recordings = {Path(each).name: load(Path(each)) for each in folders}
    if not recordings:
        print("usage: python -m wrapper.aws.judge FOLDER...", file=sys.stderr)
        return 2
    try:
        verdicts = judge_all(recordings, tools=_TOOLS)
    except WrapperError as error:
        print(f"error: {error.message}" + (f"\nfix: {error.fix}" if error.fix else ""), file=sys.stderr)
        return error.exit_code
    print(table(verdicts))
    return 0 if all(each.is_good for each in verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

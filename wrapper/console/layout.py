"""Lines and tables as wide as a terminal: words stay whole, and a pipe gets everything unfolded.

A width is in columns; None stands for a pipe or a file, where nothing is folded and no column is left out.
"""

import os
import re
from collections.abc import Sequence
from typing import IO

from rich.cells import cell_len
from rich.text import Text

from wrapper.console.printing import printable

_GAP = 2
# What states are called, by the colour that goes with them; the word says it without one.
_GREEN = ("completed", "done", "good", "healthy", "ok", "pass", "passed", "running")
_YELLOW = (
    *("activating", "asleep", "changes", "deprovisioning", "draining", "in_progress", "initial", "paused"),
    *("pending", "provisioning", "skipped", "stopped", "stopping", "unused", "warn"),
)
_RED = ("bad", "drift", "fail", "failed", "gone", "missing", "not deployed", "unhealthy")
_STATES = dict.fromkeys(_GREEN, "green") | dict.fromkeys(_YELLOW, "yellow") | dict.fromkeys(_RED, "red")
# What stays on one line: a word, and a number with its unit.
_WORD = re.compile(r"(?:[\d.,]+ (?=(?:ms|s|min|h|d|GB|MiB|USD|%)(?!\w)))?\S+")
# The headings of columns that hold states.
_STATEFUL = frozenset({"", "STATE", "STATUS", "TARGET", "RESULT", "VERDICT"})
# The least that is left of a last column of sentences before others go.
_NARROWEST = 16


def columns_of(stream: IO[str]) -> int | None:
    """Return how wide the terminal is that a stream goes to; None if it goes to none."""
    if not stream.isatty():
        return None
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def hung(text: Text, *, width: int | None, hang: int) -> list[Text]:
    """Fold between words; further lines begin `hang` columns from the left.

    A word that is longer than a line stays whole: a path or an address can be taken with a double click. What
    ends before `hang`, such as a sign, keeps the next word beside it.
    """
    if width is None:
        return [text]
    spans: list[tuple[int, int]] = []
    start, end, room = 0, 0, width
    for word in _WORD.finditer(text.plain):
        is_empty = end <= (start if spans else hang)
        if not is_empty and cell_len(text.plain[start : word.end()]) > room:
            spans.append((start, end))
            start, room = word.start(), width - hang
        end = word.end()
    first, *rest = [text[start:stop] for start, stop in (*spans, (start, end))]
    return [first, *(Text(" " * hang) + line for line in rest)]


def table(
    rows: Sequence[Sequence[str]],
    *,
    width: int | None,
    spare: Sequence[str] = (),
    sentences: bool = False,
) -> list[Text]:
    """Lay rows out in columns, the headings first. What does not fit goes before anything is folded.

    `spare` names headings that may be left out, the first one first; a last line names those that were.
    With `sentences` the last column holds some, which are folded under their own beginning.
    """
    kept = [[printable(cell) for cell in row] for row in rows]
    dropped = []
    for heading in spare:
        if width is None or _width(kept, sentences=sentences) <= width:
            break
        if heading in kept[0]:
            place = kept[0].index(heading)
            kept = [[*row[:place], *row[place + 1 :]] for row in kept]
            dropped.append(heading)
    if width is not None and _width(kept, sentences=sentences) > width:
        lines = _records(kept, width, sentences=sentences)
    else:
        lines = _columns(kept, width if sentences else None)
    if dropped:
        told = Text(f"Not shown in {width} columns: {', '.join(dropped)}; --json has all.", style="dim")
        lines += hung(told, width=width, hang=2)
    return lines


def facts(rows: Sequence[tuple[str, str]], *, width: int | None) -> list[Text]:
    """Lay out names and their values, which are folded under their own beginning.

    Where the names take more than half of the width, each value is below its name.
    """
    known = [[printable(cell) for cell in row] for row in rows]
    if width is None or 2 * max((cell_len(name) + _GAP for name, _ in known), default=0) <= width:
        return _columns(known, width, headed=False)
    lines = []
    for name, value in known:
        lines += hung(Text(name), width=width, hang=2)
        lines += hung(Text(f"  {value}"), width=width, hang=4) if value else []
    return lines


def shade(cell: str) -> str:
    """Return the style of a state; none for a word that is no state."""
    return _STATES.get(cell.strip().lower(), "")


def _width(rows: Sequence[Sequence[str]], *, sentences: bool) -> int:
    """Say how wide the columns are; of one of sentences the least that is of use."""
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    if sentences:
        widths[-1] = min(widths[-1], _NARROWEST)
    return sum(widths) + _GAP * (len(widths) - 1)


def _columns(rows: Sequence[Sequence[str]], width: int | None, *, headed: bool = True) -> list[Text]:
    columns = list(zip(*rows, strict=True))
    widths = [max(map(cell_len, column)) for column in columns[:-1]]
    hang = sum(each + _GAP for each in widths)
    heads = rows[0] if headed else [""] * len(columns)
    lines = []
    for number, row in enumerate(rows):
        line = Text()
        for cell, heading, wide in zip(row, heads, (*widths, 0), strict=True):
            is_state = headed and number and heading in _STATEFUL
            line.append(cell, style=shade(cell) if is_state else "bold" if headed and not number else "")
            line.append(" " * max(wide + _GAP - cell_len(cell), 0) if wide else "")
        line.rstrip()
        lines += hung(line, width=width, hang=hang)
    return lines


def _records(rows: Sequence[Sequence[str]], width: int, *, sentences: bool) -> list[Text]:
    """Show each row as lines of its own if its columns do not fit on one line.

    A row without a first cell continues the one above. A mark or a state, whose column has no heading, comes
    first; sentences need no heading.
    """
    heads, *others = rows
    named = 0 if heads[0] else 1
    lines = []
    for row in others:
        title = Text(row[0], style=shade(row[0]) if named else "bold")
        if named and row[1]:
            title.append(f"{' ' * _GAP if row[0] else ''}{row[1]}", style="bold")
        lines += hung(title, width=width, hang=2) if title.plain else []
        for heading, cell in zip(heads[named + 1 :], row[named + 1 :], strict=True):
            if not cell:
                continue
            is_sentence = sentences and heading == heads[-1]
            line = Text("  " if is_sentence or not heading else f"  {heading.lower()} ")
            hang = 4 if is_sentence else len(line.plain)
            line.append(cell, style=shade(cell) if heading in _STATEFUL else "")
            lines += hung(line, width=width, hang=hang)
    return lines

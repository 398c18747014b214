"""items.jsonl: one `["id","title"]` a line, checked and split when a model is opened."""

import json
import re
from collections.abc import Iterator, Sequence
from mmap import mmap
from typing import Any

from service.artifact_format import ITEMS, MAX_ID_BYTES
from service.errors import ArtifactError

# Lines per call: json.loads holds Python's lock, so one call for all would block the event loop until its
# end.
_LINES = 1000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def cut(content: mmap, count: int) -> list[bytes]:
    """Return `],["id","title",` for each item: the bytes between two scores of an answer.

    JSON escapes a line feed within a string, so each one ends a line, and `bytes` methods can split the file.
    Raises ArtifactError unless there are `count` whole lines with unique ids.
    """
    *lines, rest = content[:].split(b"\n")
    if rest or len(lines) != count:
        more = " and a part of one" if rest else ""
        raise ArtifactError(f"{ITEMS} must have {count} whole lines, got {len(lines)}{more}.")
    seen: set[str] = set()
    fragments: list[bytes] = []
    for start in range(0, count, _LINES):
        part = lines[start : start + _LINES]
        _check(part, start, seen)
        fragments += (b"],%b," % b"\n".join(part)[:-1].replace(b"]\n", b",\n],")).split(b"\n")
    if len(seen) != count:
        raise ArtifactError(f"{ITEMS} must name each item once, got {count - len(seen)} twice.")
    return fragments


def pairs(content: mmap) -> Iterator[tuple[str, str]]:
    """Yield ids and titles, in row order, of a file that `cut` has checked."""
    lines = content[:-1].split(b"\n")
    for start in range(0, len(lines), _LINES):
        yield from _parsed(lines[start : start + _LINES])


def _parsed(lines: Sequence[bytes]) -> list[Any]:
    found: list[Any] = json.loads((b"[%b]" % b",".join(lines)).decode())
    return found


def _check(lines: Sequence[bytes], start: int, seen: set[str]) -> None:
    """Check many lines with few calls, and add their ids to `seen`; search the wrong line only on failure."""
    ids = _ids(lines)
    if ids is None:
        row = next((row for row, line in enumerate(lines) if _ids([line]) is None), 0)
        shown = lines[row][:80].decode(errors="backslashreplace")
        raise ArtifactError(
            f'{ITEMS} must have lines of ["id","title"] in UTF-8, got {shown!r} at line {start + row + 1}.'
        )
    together = "".join(ids)
    sizes = map(len, ids if together.isascii() else map(str.encode, ids))
    controlled = not together.isprintable() and _CONTROL.search(together)
    if "" in ids or max(sizes) > MAX_ID_BYTES or controlled:
        raise ArtifactError(
            f"{ITEMS} must have ids of 1 to {MAX_ID_BYTES} bytes without control characters,"
            f" got another in the lines from {start + 1} to {start + len(lines)}."
        )
    seen.update(ids)


def _ids(lines: Sequence[bytes]) -> Sequence[str] | None:
    """Return the ids; None unless each line is one list of two strings and nothing else.

    All lines are parsed in one call. That every line begins with `["` and ends with `]`, and that there are
    as many values as lines, proves that each line is one value.
    """
    text = b"\n%b\n" % b"\n".join(lines)
    if text.count(b'\n["') != len(lines) or text.count(b"]\n") != len(lines):
        return None
    try:
        values = _parsed(lines)
    except (ValueError, RecursionError):
        return None
    if len(values) != len(lines) or {*map(type, values)} != {list} or {*map(len, values)} != {2}:
        return None
    ids, titles = zip(*values, strict=True)
    if {*map(type, ids), *map(type, titles)} != {str}:
        return None
    try:
        "".join(ids + titles).encode()  # Half a surrogate pair has no UTF-8.
    except UnicodeEncodeError:
        return None
    return tuple(ids)

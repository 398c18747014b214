"""YAML text to plain data, and back: str, int, float, bool, None, tuple and dict.

Scalars are read as YAML 1.2 reads them. PyYAML follows 1.1, where `on` is true, `2024-01-02` a date, 010 is 8
and 12:30 is 750. What PyYAML passes in silence, such as a key given twice, is refused.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from wrapper.environment.block import Fault
from wrapper.environment.problems import dotted

# Far more than the largest environment, and read in under a second.
LONGEST_BYTES = 256 * 1024
MOST_VALUES = 20_000
_TAG = "tag:yaml.org,2002:"
# Every number in an environment has at most eighteen digits; a longer one is text.
_SCALARS: Mapping[str, tuple[str, Sequence[str], Callable[[str], object]]] = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF", lambda text: text.lower() == "true"),
    "int": (r"[-+]?[0-9]{1,18}", "-+0123456789", int),
    "float": (r"[-+]?[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?", "-+0123456789", float),
    "null": (r"~|null|", ["~", "n", ""], lambda _: None),
}


class _Loader(yaml.SafeLoader):
    """Read scalars by YAML 1.2's core schema."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML calls it an instance variable


class _Dumper(yaml.SafeDumper):
    """Quote all text that YAML 1.1 or 1.2 would read as another type."""

    def ignore_aliases(self, data: object) -> bool:
        return True


for _name, (_pattern, _first, _) in _SCALARS.items():
    for _side in (_Loader, _Dumper):
        _side.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"(?:{_pattern})$"), list(_first))
_Dumper.add_representer(
    str,
    # Line breaks and invisible characters are escaped.
    lambda dumper, text: dumper.represent_scalar(f"{_TAG}str", text, None if text.isprintable() else '"'),
)


class TextError(Exception):
    """The text is not valid in an environment file; carry every problem."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def read(path: Path) -> str:
    """Return the text of a file; raise TextError if it is no regular file, such as an endless pipe."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise TextError("the file must be a regular one, not a pipe or a device.")
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_BYTES + 1)
        if len(content) > LONGEST_BYTES:
            raise TextError(f"the file must have at most {LONGEST_BYTES // 1024} KiB.")
        # utf-8-sig: some Windows editors begin a file with a byte order mark.
        return content.decode("utf-8-sig")
    except OSError as error:
        raise TextError(f"the file must be readable, got: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise TextError(
            f"line {line} must be UTF-8, got the byte 0x{error.object[error.start]:02x}."
        ) from error


def parse(text: str) -> Any:
    """Return the data of one YAML document, None for an empty one; raise TextError with lines from 1."""
    node = _composed(text)
    if node is None:
        return None
    if _size(node, {}) > MOST_VALUES:
        raise TextError(f"the text must have at most {MOST_VALUES} values, counting each use of an alias.")
    found = list(_faults(node, (), ()))
    if found:
        raise TextError(*found)
    return _data(node)


def lines(text: str) -> Mapping[tuple[str | int, ...], int]:
    """Return the line, from 1, of each key and of each item of a list; `text` must be valid."""
    node = _composed(text)
    return dict(_lines(node, ())) if node else {}


def write(value: object) -> str:
    """Write data on one line that `parse` reads back, without invisible characters."""
    for allow_unicode in (True, False):
        # Written as a list, so that text is quoted as brackets require and PyYAML ends no document.
        listed = yaml.dump(
            [value],
            Dumper=_Dumper,
            default_flow_style=True,
            allow_unicode=allow_unicode,
            sort_keys=False,
            width=math.inf,
        )
        text = listed.strip()[1:-1]
        if text.isprintable():
            break
    return text


def inserted(text: str, key: str, lines: Sequence[str]) -> str:
    """Insert lines, which begin with a key of their own, at the end of the block at `key`.

    Nothing else changes. Raises TextError if the block does not have one key per line.
    """
    node = _composed(text)
    found = {name.value: item for name, item in node.value} if isinstance(node, yaml.MappingNode) else {}
    block = found.get(key)
    if not isinstance(block, yaml.MappingNode) or block.flow_style or not block.value:
        raise TextError(f"{key} must be a block with one key per line, not in braces.")
    column = block.value[0][0].start_mark.column
    there = text.splitlines(keepends=True)
    end = _end(block)
    while end > 1 and not there[end - 1].strip():
        end -= 1
    # Comments that are indented further belong to the lines above.
    while end < len(there) and re.match(rf" {{{column + 1},}}#", there[end]):
        end += 1
    line_break = "\r\n" if there[0].endswith("\r\n") else "\n"
    if not there[end - 1].endswith(line_break):
        there[end - 1] += line_break
    return "".join([*there[:end], *(" " * column + line + line_break for line in lines), *there[end:]])


def _end(node: yaml.Node) -> int:
    """Return the number of lines up to a node's last one, without comments after it, which PyYAML counts."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    mark = node.end_mark
    # A block of text ends where the next line begins.
    return int(mark.line if mark.column == 0 else mark.line + 1)


@lru_cache(maxsize=8)  # one command reads a file several times, for its values and for its lines
def _composed(text: str) -> yaml.Node | None:
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise TextError(_syntax(error)) from error
    except RecursionError as error:
        raise TextError("the text must not nest hundreds of blocks.") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise TextError(f"line {line}: the character U+{error.character:04X} is not allowed.") from error
    return node


def _inner(node: yaml.Node) -> Iterator[tuple[yaml.Node, str | int, yaml.Node]]:
    """Yield a node's children: where each begins, its key or index, and its value."""
    if isinstance(node, yaml.MappingNode):
        yield from ((key, key.value, item) for key, item in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from ((item, index, item) for index, item in enumerate(node.value))


def _size(node: yaml.Node, known: dict[yaml.Node, int]) -> int:
    """Count a node and everything in it; an alias counts at each use."""
    if node not in known:
        known[node] = 0  # a node that contains itself is reported as a fault
        known[node] = 1 + sum(_size(item, known) for _, _, item in _inner(node))
    return known[node]


def _lines(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    for begin, part, item in _inner(node):
        yield (*path, part), begin.start_mark.line + 1
        yield from _lines(item, (*path, part))


def _syntax(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem).replace("'<stream end>'", "the end of the text")
    if problem.startswith("but found"):
        problem = f"{error.context}, {problem}"
    if r"'\t'" in problem:
        problem = "YAML allows no tabs for indentation; use spaces"
    elif "mapping values are not allowed" in problem:
        problem += " (is a key indented too far, or does a text with ': ' lack its quotes?)"
    return f"{_place(error.problem_mark)}: {problem}."


def _place(mark: yaml.Mark | None) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the text"


def _faults(node: yaml.Node, path: tuple[str | int, ...], above: tuple[yaml.Node, ...]) -> Iterator[str]:
    """Yield what PyYAML accepts and an environment file does not, with its place."""
    place = _place(node.start_mark)
    if node in above:
        yield f"{place}: {dotted(path)} contains itself."
    elif isinstance(node, yaml.ScalarNode):
        yield from (f"{place}: {dotted(path)} must {fault.rule}." for fault in _scalar_faults(node))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _faults(item, (*path, index), (*above, node))
    elif isinstance(node, yaml.MappingNode):
        yield from _mapping_faults(node, path, (*above, node))


def _mapping_faults(
    node: yaml.MappingNode, path: tuple[str | int, ...], above: tuple[yaml.Node, ...]
) -> Iterator[str]:
    seen: dict[str, int] = {}
    for key, item in node.value:
        place = _place(key.start_mark)
        if not isinstance(key, yaml.ScalarNode) or key.tag != f"{_TAG}str":
            shown = (
                dotted((*path, key.value)) if isinstance(key, yaml.ScalarNode) else f"a key of {dotted(path)}"
            )
            yield f"{place}: {shown} must be text (a key in quotes)."
            continue
        if key.value in seen:
            yield f"{place}: {dotted((*path, key.value))} is given twice, first in line {seen[key.value]}."
        seen.setdefault(key.value, key.start_mark.line + 1)
        yield from _faults(item, (*path, key.value), above)


def _scalar_faults(node: yaml.ScalarNode) -> Iterator[Fault]:
    kind = node.tag.removeprefix(_TAG)
    if kind == "str":
        if any("\ud800" <= character <= "\udfff" for character in node.value):
            yield Fault("", "be Unicode without surrogates: write the character itself")
    elif kind not in _SCALARS:
        yield Fault("", f"be plain YAML, without the tag {node.tag}")
    elif not re.fullmatch(_SCALARS[kind][0], node.value):
        yield Fault("", f"be of the kind of its tag !!{kind}")


def _data(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _data(item) for key, item in node.value}
    if isinstance(node, yaml.SequenceNode):
        return tuple(_data(item) for item in node.value)
    kind = node.tag.removeprefix(_TAG)
    return _SCALARS[kind][2](node.value) if kind in _SCALARS else node.value

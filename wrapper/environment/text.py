"""YAML text to plain data: str, int, float, bool, None, tuple and dict.

Scalars are read as YAML 1.2 reads them. PyYAML follows 1.1, where `on` is true, `2024-01-02` a date, 010 is 8
and 12:30 is 750. What PyYAML passes in silence, such as a key given twice, is refused.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import yaml

from wrapper.environment.block import Fault
from wrapper.environment.problems import dotted

_TAG = "tag:yaml.org,2002:"
# Eighteen digits fit every number that an environment needs; longer ones are text.
_SCALARS: Mapping[str, tuple[str, Sequence[str], Callable[[str], object]]] = {
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF", lambda text: text.lower() == "true"),
    "int": (r"[-+]?[0-9]{1,18}", "-+0123456789", int),
    "float": (r"[-+]?[0-9]+\.[0-9]*([eE][-+]?[0-9]+)?", "-+0123456789", float),
    "null": (r"~|null|", ["~", "n", ""], lambda _: None),
}


class _Loader(yaml.SafeLoader):
    """Read the scalars of YAML 1.2's core schema."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - PyYAML calls it an instance variable


for _name, (_pattern, _first, _) in _SCALARS.items():
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(f"(?:{_pattern})$"), list(_first))


class TextError(Exception):
    """The text is not what an environment file may be; carry every problem."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def parse(text: str) -> Any:
    """Give the data of one YAML document, None for an empty one; raise TextError with lines from 1."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        raise TextError(_syntax(error)) from error
    except RecursionError as error:
        raise TextError("the text must not nest hundreds of blocks.") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise TextError(f"line {line}: the character U+{error.character:04X} is not allowed.") from error
    if node is None:
        return None
    found = list(_faults(node, (), ()))
    if found:
        raise TextError(*found)
    return _data(node)


def _syntax(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem).replace("'<stream end>'", "the end of the text")
    if problem.startswith("but found"):
        problem = f"{error.context}, {problem}"
    if r"'\t'" in problem:
        problem = "a tab is no space in YAML; use spaces"
    elif "mapping values are not allowed" in problem:
        problem += " (is a key indented too far, or does a text with ': ' lack its quotes?)"
    return f"{_place(error.problem_mark)}: {problem}."


def _place(mark: yaml.Mark | None) -> str:
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "the text"


def _faults(node: yaml.Node, path: tuple[str | int, ...], above: tuple[yaml.Node, ...]) -> Iterator[str]:
    """Yield what PyYAML accepts and we do not, with its place."""
    place = _place(node.start_mark)
    if node in above:
        yield f"{place}: {dotted(path)} holds itself."
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
        yield Fault("", f"be what its tag !!{kind} says")


def _data(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _data(item) for key, item in node.value}
    if isinstance(node, yaml.SequenceNode):
        return tuple(_data(item) for item in node.value)
    kind = node.tag.removeprefix(_TAG)
    return _SCALARS[kind][2](node.value) if kind in _SCALARS else node.value

"""The tables of docs/environments.md, from the models' own descriptions.

`python -m wrapper.environment.reference` updates them; a test fails if they are not current.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from wrapper.environment import shape
from wrapper.environment.block import Block, Guess
from wrapper.environment.root import Environment

PAGE = Path(__file__).parents[2] / "docs" / "environments.md"
_MARK = "<!-- keys: written by python -m wrapper.environment.reference -->\n"
_KINDS = {str: "text", int: "number", float: "number", bool: "true, false", object: "anything"}


def updated(page: str) -> str:
    """Return the page with current tables in place of everything after the mark."""
    prose, mark, _ = page.partition(_MARK)
    return f"{prose}{mark}\n" + "\n".join(_tables())


def _tables() -> Iterator[str]:
    plain = {key: field for key, field in _fields(Environment) if not _block(field) and key != "name"}
    yield _table("The environment", plain.items())
    for key, field in _fields(Environment):
        if block := _block(field):
            path = f"{key}.<name>" if shape.is_map(shape.plain(field.annotation)) else key
            told = frozenset(filter(None, (_block(each) for _, each in _fields(block))))
            yield _table(f"`{path}`", _rows(block, "", told), field.description)


def _rows(block: type[Block], above: str, told: frozenset[type[Block]]) -> Iterator[tuple[str, FieldInfo]]:
    """Yield key by key; what has rows of its own at the top, of those `told`, has none further down."""
    for key, field in _fields(block):
        path = f"{above}{key}"
        yield path, field
        inner = _block(field)
        if inner and not (above and inner in told):
            yield from _rows(inner, f"{path}{_each(field)}.", told)


def _each(field: FieldInfo) -> str:
    """Return how a path continues in the blocks of a list or a map."""
    annotation = shape.plain(field.annotation)
    return ".<name>" if shape.is_map(annotation) else "[]" if get_origin(annotation) is tuple else ""


def _fields(block: type[Block]) -> Sequence[tuple[str, FieldInfo]]:
    return list(block.model_fields.items())


def _block(field: FieldInfo) -> type[Block] | None:
    """Return the block of a field: itself, or the values of its map or list."""
    annotation = shape.plain(field.annotation)
    while not shape.is_block(annotation) and get_origin(annotation) in (Mapping, tuple):
        annotation = shape.within(annotation, 0)
    return annotation if shape.is_block(annotation) else None


def _table(title: str, rows: Any, description: str | None = None) -> str:
    lines = [f"### {title}", ""]
    if description:
        lines += [description, ""]
    lines += ["| key | value | default | what it is |", "|---|---|---|---|"]
    lines += [
        f"| `{path}` | {_kind(field)} | {_default(field)} | {field.description} |" for path, field in rows
    ]
    return "\n".join([*lines, ""])


def _kind(field: FieldInfo) -> str:
    return _kind_of(field.annotation)


def _kind_of(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return f"{_kind_of(next(choice for choice in arguments if choice is not NoneType))}, null"
    if origin is Annotated:
        return _kind_of(arguments[0])
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in arguments)
    if origin is tuple:
        return f"list of {_kind_of(arguments[0])}"
    if shape.is_map(annotation):
        return f"map of {_kind_of(arguments[1])}"
    return "block" if shape.is_block(annotation) else _KINDS[annotation]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default()
    for guess in (value, *field.metadata):
        if isinstance(guess, Guess):
            return guess.words
    return "as below" if isinstance(value, Block) else f"`{json.dumps(value, default=_given)}`"


def _given(block: Block) -> dict[str, Any]:
    """Return the block from which a map's value was made."""
    return block.model_dump(exclude_unset=True)


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text("utf-8")), "utf-8")

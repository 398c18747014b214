"""The keys that an environment file may have, as its models declare them."""

from collections.abc import Iterable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from wrapper.environment.block import Block
from wrapper.errors import meant

Path = Sequence[str | int]


def plain(annotation: Any) -> Any:
    """Take `| None` and constraints off a type: `Annotated[str, …] | None` is `str`."""
    if get_origin(annotation) is Annotated:
        return plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return plain(next(choice for choice in get_args(annotation) if choice is not NoneType))
    return annotation


def is_block(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Block)


def is_map(annotation: Any) -> bool:
    return get_origin(annotation) is Mapping


def within(annotation: Any, part: str | int) -> Any:
    """Give the type of a block's key, a map's value or a list's item; None if there can be no such thing."""
    annotation = plain(annotation)
    if is_block(annotation):
        field = annotation.model_fields.get(part)
        return field and plain(field.annotation)
    if is_map(annotation):
        return plain(get_args(annotation)[1])
    return plain(get_args(annotation)[0]) if get_origin(annotation) is tuple else None


def at(annotation: Any, path: Path) -> Any:
    for part in path:
        annotation = within(annotation, part)
    return annotation


def keys(annotation: Any) -> Sequence[str]:
    """List the keys of a block; of anything else, nothing is known."""
    return list(annotation.model_fields) if is_block(annotation) else []


def unknown(known: Iterable[str], key: str) -> str:
    """Say that `key` is none of `known`, with the nearest one, or all of them if none is near."""
    return f"unknown key; {meant(key, known)}"

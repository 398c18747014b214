"""The keys that an environment file may have, from its models."""

from collections.abc import Iterable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from wrapper.environment.block import Block
from wrapper.errors import meant

Path = Sequence[str | int]


def plain(annotation: Any) -> Any:
    """Remove `| None` and constraints from a type: `Annotated[str, …] | None` is `str`."""
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
    """Return the type of a block's key, a map's value or a list's item; None if there is none."""
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
    """Return the keys of a block; none for anything else."""
    return list(annotation.model_fields) if is_block(annotation) else []


def unknown(known: Iterable[str], key: str) -> str:
    """Say that `key` is not in `known`, and suggest the nearest one, or all if none is near."""
    return f"unknown key; {meant(key, known)}"

"""The values inside a plan: nested JSON with trees of marks for unknown and sensitive values.

A mark tree has the value's shape with `true` for a marked value; `true` higher up covers all below it.
"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

Json = Any


class Mask(StrEnum):
    """In place of a value that is not known yet or must not be shown."""

    UNKNOWN = "(known after apply)"
    SENSITIVE = "(sensitive)"


@dataclass(frozen=True)
class Leaf:
    """A value to compare (`raw`) and what may be printed of it (`shown`)."""

    raw: Json = None
    shown: Json = None


def leaves(
    value: Json, unknown: Json, sensitive: Json, path: str = "", *, inside: bool = False
) -> Iterator[tuple[str, Leaf]]:
    """Yield every scalar with its path; null, empty lists and empty maps count as absent.

    A text that is a JSON document (policies, container definitions) is decoded. `inside` of one, named items
    are found by name, because their index changes when another one is added.
    """
    inside = inside or isinstance(value, str)
    value = decoded(value)
    if sensitive is True or unknown is True:
        raw = Mask.UNKNOWN if unknown else value
        if raw is not None:
            yield path, Leaf(raw, Mask.SENSITIVE if sensitive is True else raw)
    elif children := _children(value, unknown):
        names = _names(value) if inside else []
        for key, child in children:
            step, rest = (names[key], _nameless(child)) if names else (key, child)
            below = join(path, step)
            yield from leaves(rest, _at(unknown, key), _at(sensitive, key), below, inside=inside)
    elif value is not None and not isinstance(value, dict | list):
        yield path, Leaf(value, value)


def mask_unknown(value: Json, unknown: Json) -> Json:
    """Put Mask.UNKNOWN where the plan has no value."""
    if unknown is True:
        return Mask.UNKNOWN
    children = [(key, mask_unknown(child, _at(unknown, key))) for key, child in _children(value, unknown)]
    if isinstance(value, dict) or (value is None and isinstance(unknown, dict)):
        return dict(children)
    return [child for _, child in children] if isinstance(value, list) else finite(value)


def masked(value: Json, unknown: Json, sensitive: Json) -> Json:
    """Return the whole value, with JSON documents decoded, and unknown and secret values masked."""
    value = decoded(value)
    if sensitive is True and (value is not None or unknown):
        return Mask.SENSITIVE
    if unknown is True:
        return Mask.UNKNOWN
    children = [
        (key, masked(child, _at(unknown, key), _at(sensitive, key)))
        for key, child in _children(value, unknown)
    ]
    if isinstance(value, dict) or (value is None and isinstance(unknown, dict)):
        return dict(children)
    return [child for _, child in children] if isinstance(value, list) else value


def merge_marks(one: Json, other: Json) -> Json:
    """Combine two mark trees: what either marks is marked."""
    if one is True or other is True:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: merge_marks(one.get(key), other.get(key)) for key in one.keys() | other.keys()}
    if isinstance(one, list) and isinstance(other, list):
        return [merge_marks(*pair) for pair in zip_longest(one, other)]
    return one or other


def path_text(path: Sequence[str | int]) -> str:
    """Write `["ingress", 0, "cidr"]` as `ingress[0].cidr`."""
    text = ""
    for step in path:
        text = join(text, step)
    return text


def join(path: str, step: str | int) -> str:
    if isinstance(step, int):
        return f"{path}[{step}]"
    if step.isidentifier():
        return f"{path}.{step}" if path else step
    return f'{path}["{step}"]'


def is_inside(path: str, roots: Iterable[str]) -> bool:
    return any(path.startswith((f"{root}.", f"{root}[")) for root in roots)


def _names(value: Json) -> list[str]:
    """Return the names of a list's items, if each has its own."""
    if not isinstance(value, list):
        return []
    names = [item.get("name") if isinstance(item, dict) else None for item in value]
    has_all = all(isinstance(name, str) for name in names) and len(set(names)) == len(names)
    return [str(name) for name in names] if has_all else []


def _nameless(item: dict[str, Json]) -> dict[str, Json]:
    """Remove the name that the path already has, unless there is nothing else."""
    return {key: value for key, value in item.items() if key != "name"} or item


def _children(value: Json, unknown: Json) -> list[tuple[Any, Json]]:
    if isinstance(value, dict) or (value is None and isinstance(unknown, dict)):
        return [(key, _at(value, key)) for key in {**(value or {}), **(unknown or {})}]
    if isinstance(value, list):
        longest = max(len(value), len(unknown) if isinstance(unknown, list) else 0)
        return [(index, _at(value, index)) for index in range(longest)]
    return []


def decoded(value: Json) -> Json:
    """Decode a text that is a JSON object or list."""
    if isinstance(value, str) and value.startswith(("{", "[")):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return finite(value)


def finite(value: Json) -> Json:
    """Turn a number that JSON cannot write, too large for a float, into text."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _at(tree: Json, key: str | int) -> Json:
    if isinstance(tree, dict):
        return tree.get(key)
    if isinstance(tree, list) and isinstance(key, int) and key < len(tree):
        return tree[key]
    return None

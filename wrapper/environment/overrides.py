"""`--set a.b.c=VALUE`: one key of an environment file, changed for one run."""

from collections.abc import Mapping, Sequence
from typing import Any

from wrapper.environment import shape, text
from wrapper.environment.problems import dotted
from wrapper.environment.root import Environment


class OptionError(Exception):
    """An option is wrong. The message names the option's key, never its value, which may be a secret."""


def apply(data: Mapping[str, Any], options: Sequence[str]) -> tuple[Mapping[str, Any], Sequence[str]]:
    """Return the data with the options applied, the last one winning, and the problems of wrong options."""
    problems: list[str] = []
    for option in options:
        try:
            data = _apply_one(data, option)
        except OptionError as error:
            problems.append(str(error))
    return data, problems


def keys(options: Sequence[str]) -> Sequence[Sequence[str]]:
    """Return the paths that options set."""
    return [option.partition("=")[0].split(".") for option in options]


def _apply_one(data: Mapping[str, Any], option: str) -> Mapping[str, Any]:
    key, equals, value = option.partition("=")
    if not equals or not all(key.split(".")):
        raise OptionError(f"--set {key}: must be KEY=VALUE, such as services.recommender.scaling.min=3.")
    try:
        parsed = text.parse(value)
    except text.TextError as error:
        raise OptionError(f"--set {key}: the value must be YAML: {error}") from error
    try:
        return _replaced(data, Environment, (), key.split("."), parsed)
    except OptionError as error:
        raise OptionError(f"--set {key}: {error}") from error


def _replaced(
    data: Any, kind: Any, above: Sequence[str], path: Sequence[str], value: Any
) -> Mapping[str, Any]:
    """Copy `data`, of type `kind` and found at `above`, with `value` at `path` inside it."""
    key, *rest = path
    # A null or missing block begins empty: validation says which other keys it needs.
    old: Mapping[str, Any] = data if isinstance(data, Mapping) else {}
    _refuse_unknown(old, kind, above, key, last=not rest)
    if rest:
        value = _replaced(old.get(key), shape.within(kind, key), [*above, key], rest, value)
    return {**old, key: value}


def _refuse_unknown(
    data: Mapping[str, Any], kind: Any, above: Sequence[str], key: str, *, last: bool
) -> None:
    if not (shape.is_block(kind) or shape.is_map(kind)):
        raise OptionError(f"{dotted(above)} has no keys; set it as a whole.")
    if shape.is_block(kind):
        known = [name for name in shape.keys(kind) if above or name != "name"]
    else:
        # A map's names are the user's: a new one may be set as a whole, but not one key of it.
        known = [*data, key] if last else list(data)
    if key not in known:
        raise OptionError(f"{dotted([*above, key])}: {shape.unknown(known, key)}")

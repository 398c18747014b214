"""An environment key by key: the value, its source, and its meaning."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args, get_origin

from wrapper.environment import shape
from wrapper.environment.block import NOTHING, Block
from wrapper.environment.root import Environment

Path = tuple[str | int, ...]
Source = Literal["default", "file", "--set", "--as"]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One key: `value` is plain data, or NOTHING if it has keys, whose settings follow.

    `line` is the file's, from 1, None if the value is from elsewhere. `choices` are all possible values,
    empty if there are too many.
    """

    path: Path
    value: object = NOTHING
    source: Source = "default"
    line: int | None = None
    description: str = ""
    choices: Sequence[str] = ()

    @property
    def is_leaf(self) -> bool:
        return self.value is not NOTHING


def settings(
    environment: Environment,
    data: Mapping[str, Any],
    lines: Mapping[Path, int],
    options: Mapping[Source, Sequence[Sequence[str]]],
) -> Iterator[Setting]:
    """Yield all settings in the models' order; `data` is the file's, with the values of `set` by path."""
    for found in _walk(environment, Environment, (), ""):
        if not found.path or found.path == ("name",):
            continue
        if found.path[0] == "services" and found.path[1:2] and found.path[1] in environment.variants:
            continue  # its keys are printed under `variants`
        if not _given(data, found.path):
            yield found
        elif option := next((each for each in options if _is_set(found.path, options[each])), None):
            yield replace(found, source=option)
        else:
            yield replace(found, source="file", line=lines.get(found.path))


def _is_set(path: Path, set_paths: Sequence[Sequence[str]]) -> bool:
    return any(path[: len(each)] == tuple(each) for each in set_paths)


def _walk(value: Any, annotation: Any, path: Path, description: str) -> Iterator[Setting]:
    annotation = shape.plain(annotation)
    inner = list(_inner(value, annotation, description))
    if not inner:
        choices = get_args(annotation) if get_origin(annotation) is Literal else ()
        yield Setting(path=path, value=value, description=description, choices=choices)
        return
    yield Setting(path=path, description=description)
    for part, item, kind, words in inner:
        yield from _walk(item, kind, (*path, part), words)


def _inner(value: Any, annotation: Any, description: str) -> Iterator[tuple[str | int, Any, Any, str]]:
    """Yield key, value, type and sentence of each part that has its own line.

    Nothing for one that is shown whole.
    """
    if isinstance(value, Block):
        for key, field in type(value).model_fields.items():
            if key not in value.unread:
                yield key, getattr(value, key), field.annotation, field.description or ""
    elif isinstance(value, Mapping) and shape.within(annotation, "") is not object:
        for name, item in value.items():
            yield name, item, shape.within(annotation, name), "" if isinstance(item, Block) else description
    elif isinstance(value, tuple) and any(isinstance(item, Block) for item in value):
        for index, item in enumerate(value):
            yield index, item, shape.within(annotation, index), ""


def _given(data: Any, path: Path) -> bool:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return False
    return True

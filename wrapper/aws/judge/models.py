"""Parameters compared with botocore's models: names, types, required ones, enums, patterns and sizes.

botocore's own validator leaves out enums, patterns and upper bounds, and what it is handed is what a client
meant; this sees what was sent.
"""

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

from wrapper.aws.judge.wire import Call, Shape

_TYPES: dict[str, type | tuple[type, ...]] = {
    "blob": (str, bytes),
    "boolean": bool,
    "double": (int, float),
    "float": (int, float),
    "integer": int,
    "list": list,
    "long": int,
    "map": dict,
    "string": str,
    "structure": dict,
}
# Java's names of character classes that Python's expressions do not have.
_NAMED = {
    "Alnum": "a-zA-Z0-9",
    "Alpha": "a-zA-Z",
    "ASCII": "\\x00-\\x7f",
    "Digit": "0-9",
    "Graph": "!-~",
    "Print": " -~",
}
_SHOWN = 60


def problems(call: Call) -> list[str]:
    """Return what AWS's models refuse, each as `path must rule, got value.`"""
    unknown = [f"{name} must be one of {call.operation}'s parameters." for name in call.strange]
    shape = call.model.input_shape
    return unknown + (list(_structure(shape, call.params, "")) if shape else [])


def _value(shape: Shape, value: Any, path: str) -> Iterator[str]:
    kind = shape.type_name
    wanted = _TYPES.get(kind)
    if wanted and (not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean")):
        yield f"{path} must be of type {kind}, got {_shown(value)}."
        return
    if value == "***":  # a secret that the recorder has masked
        return
    if kind == "structure" and not getattr(shape, "is_document_type", False):
        yield from _structure(shape, value, path)
    elif kind == "list":
        yield from _measure(shape, len(value), path, "items")
        for at, each in enumerate(value):
            yield from _value(shape.member, each, f"{path}[{at}]")
    elif kind == "map":
        yield from _measure(shape, len(value), path, "entries")
        for key, each in value.items():
            yield from _value(shape.key, key, f"{path}.{key}")
            yield from _value(shape.value, each, f"{path}.{key}")
    elif kind in ("string", "blob"):
        yield from _text(shape, value, path)
    elif kind in ("integer", "long", "float", "double"):
        yield from _measure(shape, value, path, "")


def _structure(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        # An S3 object's content is not recorded.
        if name not in value and name != shape.serialization.get("payload"):
            yield f"{path}.{name} is missing.".lstrip(".")
    for name, each in value.items():
        yield from _value(shape.members[name], each, f"{path}.{name}".lstrip("."))


def _text(shape: Shape, value: str | bytes, path: str) -> Iterator[str]:
    yield from _measure(shape, len(value), path, "characters")
    if isinstance(value, bytes):
        return
    enum = getattr(shape, "enum", None)
    if enum and value not in enum:
        yield f"{path} must be one of {', '.join(enum[:12])}, got {_shown(value)}."
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield f"{path} must match {pattern}, got {_shown(value)}."


def _measure(shape: Shape, size: float, path: str, unit: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{path} must be at least {least}, got {size} {unit}".rstrip() + "."
    if most is not None and size > most:
        yield f"{path} must be at most {most}, got {size} {unit}".rstrip() + "."


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile one of Java's expressions; raises re.error if Python has none like it."""
    python = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", "\U00010000-\U0010ffff")
    python = re.sub(
        r"\\p\{(?:Is|In)?(\w+)\}", lambda found: _placed(_class(found[1]), python[: found.start()]), python
    )
    python = re.sub(r"(\\[wds])-", r"\1\\-", python)  # a range can't begin with a class: the hyphen is one
    return re.compile(python.replace(r"\z", r"\Z"), re.DOTALL)


def _placed(characters: str, before: str) -> str:
    """Put characters into brackets, unless they are inside some."""
    plain = re.sub(r"\\.", "", before)
    return characters if plain.rfind("[") > plain.rfind("]") else f"[{characters}]"


@cache
def _class(name: str) -> str:
    """Return the characters of one of Unicode's categories, such as L or Nd, as the inside of brackets."""
    if name in _NAMED:
        return _NAMED[name]
    found = [part for category, parts in _categories().items() if category.startswith(name) for part in parts]
    if not found:
        raise re.error(f"no category {name}")
    return "".join(found)


@cache
def _categories() -> dict[str, list[str]]:
    """Return the ranges of characters of each category."""
    ranges = defaultdict(list)
    codes = range(sys.maxunicode + 1)
    for category, group in groupby(codes, key=lambda code: unicodedata.category(chr(code))):
        same = list(group)
        ranges[category].append(f"{_escaped(same[0])}-{_escaped(same[-1])}")
    return ranges


def _escaped(code: int) -> str:
    return f"\\U{code:08x}"

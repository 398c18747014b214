"""The part of HCL that a stack's variables and their values need: type constraints, and literals.

Terraform silently drops an attribute that a type does not declare, so the tests compare them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*\s*)*("(?:\\.|[^"\\])*"|[A-Za-z_][\w-]*|-?\d+(?:\.\d+)?|[{}()\[\]=,:?.])"""
)
_VARIABLE = re.compile(r'^variable "(\w+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
_TYPE = re.compile(r"^  type\s*=", re.MULTILINE)
_ATTRIBUTE = re.compile(r"^([a-z_]+)\s*=", re.MULTILINE)
_LITERALS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Attribute:
    """One attribute of an object type."""

    type: Any
    optional: bool


class _Reader:
    """Read one expression from a text, and nothing after it."""

    def __init__(self, text: str) -> None:
        self._tokens = iter(_TOKEN.findall(text))
        self._next = next(self._tokens, "")

    def _take(self, *expected: str) -> str:
        token = self._next
        assert not expected or token in expected, f"expected one of {expected}, got {token!r}"
        self._next = next(self._tokens, "")
        return token

    def _inside(self, opening: str, closing: str) -> Iterator[None]:
        """Yield the items of a list or an object; HCL allows lines without commas."""
        self._take(opening)
        while self._next != closing:
            yield
            if self._next == ",":
                self._take(",")
        self._take(closing)

    def type(self) -> Any:
        """Read `string`, `list(T)` as ("list", T), and `object({...})` as a map of Attributes."""
        name = self._take()
        if self._next != "(":
            return name
        self._take("(")
        inner = (
            {self._take(): self._attribute() for _ in self._inside("{", "}")}
            if name == "object"
            else self.type()
        )
        self._take(")")
        return inner if name == "object" else (name, inner)

    def _attribute(self) -> Attribute:
        self._take("=")
        if self._next != "optional":
            return Attribute(self.type(), optional=False)
        self._take("optional")
        self._take("(")
        inner = self.type()
        self._skip_default()
        return Attribute(inner, optional=True)

    def _skip_default(self) -> None:
        """Leave out `, <default>)`, whose brackets may nest."""
        depth = 1
        while depth:
            depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(self._take(), 0)

    def value(self) -> Any:
        """Read a literal; strings keep their escapes."""
        if self._next == "{":
            return {self._key(): self.value() for _ in self._inside("{", "}")}
        if self._next == "[":
            return [self.value() for _ in self._inside("[", "]")]
        token = self._take()
        if token in _LITERALS:
            return _LITERALS[token]
        return token[1:-1] if token.startswith('"') else float(token)

    def _key(self) -> str:
        key = self._take().strip('"')
        self._take("=")
        return key


def variables(stack: Path) -> Mapping[str, Any]:
    """Return the type of every variable that a stack declares."""
    found = {}
    for path in sorted(stack.glob("*.tf")):
        for name, body in _VARIABLE.findall(path.read_text("utf-8")):
            match = _TYPE.search(body)
            assert match, f"{path}: {name} has no type"
            found[name] = _Reader(body[match.end() :]).type()
    return found


def values(tfvars: str) -> Mapping[str, Any]:
    """Read the text of a tfvars file."""
    return {match[1]: _Reader(tfvars[match.end() :]).value() for match in _ATTRIBUTE.finditer(tfvars)}


def mismatches(value: Any, type_: Any, path: str) -> Iterator[str]:
    """Yield the paths of values without the attributes of their type."""
    match type_, value:
        case dict(), dict():
            yield from (f"{path}.{key} is not declared" for key in value.keys() - type_.keys())
            for key, attribute in type_.items():
                if key in value:
                    yield from mismatches(value[key], attribute.type, f"{path}.{key}")
                elif not attribute.optional:
                    yield f"{path}.{key} is missing"
        case ("map", inner), dict():
            for key, item in value.items():
                yield from mismatches(item, inner, f"{path}.{key}")
        case ("list" | "set", inner), list():
            for index, item in enumerate(value):
                yield from mismatches(item, inner, f"{path}.{index}")
        case (_, None) | ("string", str()) | ("bool", bool()) | ("number", float()):
            return
        case _:
            yield f"{path} is no {type_}"

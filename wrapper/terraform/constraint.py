"""A type constraint of HCL as rows of a table: one for the whole, one for each attribute at any depth."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CALL = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_OF = {"list": "[]", "set": "[]", "map": ".<name>"}
_LONGEST_DEFAULT = 60


@dataclass(frozen=True)
class Row:
    """`default` is HCL, None for a required value; `comment` is the one on the attribute's line."""

    path: str
    type: str
    default: str | None
    comment: str = ""


def rows(path: str, constraint: str, default: str | None, comment: str = "") -> Iterator[Row]:
    """Yield a constraint's rows; the default of `optional(T)` is null."""
    kind, inner = _called(constraint)
    if kind == "optional":
        type_, *given = split(inner)
        yield from rows(path, type_, given[0] if given else "null", comment)
        return
    yield Row(path, _named(constraint), None if default is None else _short(default), comment)
    if kind in _OF:
        outer, (kind, inner) = kind, _called(inner)
        path += _OF[outer]
    if kind == "object":
        for attribute in split(inner.strip().removeprefix("{").removesuffix("}")):
            plain, told = _commented(attribute)
            name, _, type_ = plain.partition("=")
            yield from rows(f"{path}.{name.strip()}", type_, None, told)


def split(text: str) -> list[str]:
    """Split at the commas and line ends outside brackets, quotes and comments."""
    parts, depth, quoted, told = [""], 0, False, False
    for character in text:
        told = (told or (character == "#" and not quoted)) and character != "\n"
        quoted ^= character == '"' and not told
        if not (quoted or told):
            depth += (character in "([{") - (character in ")]}")
        if character in ",\n" and depth == 0 and not (quoted or told):
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _commented(attribute: str) -> tuple[str, str]:
    """Remove the comment of an attribute, which is on its first line."""
    first, *rest = attribute.split("\n")
    plain, _, told = first.partition(" # ")
    return "\n".join([plain.rstrip(), *rest]), told.strip()


def _called(constraint: str) -> tuple[str, str]:
    match = _CALL.fullmatch(constraint.strip())
    return (match[1], match[2]) if match else (constraint.strip(), "")


def _named(constraint: str) -> str:
    """Write `list(object({…}))` as `list of objects`; short types stay as they are."""
    kind, inner = _called(constraint)
    if kind in _OF:
        return f"{kind} of {_named(inner)}s"
    return kind


def _short(default: str) -> str:
    plain = " ".join(default.split())
    return plain if len(plain) <= _LONGEST_DEFAULT else f"{plain[:_LONGEST_DEFAULT]}…"

"""What pydantic finds, in the form `<path> must <rule>, got <value>.`"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from wrapper.environment import shape
from wrapper.environment.block import NOTHING, Block, RefusedError

# Pydantic's error type → rule, with values of the error's context. A test provokes each.
_RULES = {
    "int_type": "be a whole number",
    "float_type": "be a number",
    "string_type": "be text",
    "bool_type": "be true or false",
    "tuple_type": "be a list",
    "dict_type": "be a map",
    "mapping_type": "be a map",
    "model_type": "be a map",
    "greater_than": "be more than {gt:g}",
    "greater_than_equal": "be at least {ge}",
    "less_than_equal": "be at most {le:g}",
    "string_too_short": "not be empty",
}
_KINDS: Mapping[type, str] = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    tuple: "a list",
    dict: "a map",
}
_LONGEST_VALUE = 80


def problems(error: ValidationError, model: type[Block]) -> Iterator[str]:
    """Yield one sentence per problem, in the order of the model's fields."""
    for detail in error.errors(include_url=False):
        yield from _sentences(detail, model)


def _sentences(detail: ErrorDetails, model: type[Block]) -> Iterator[str]:
    loc = [part for part in detail["loc"] if part != "[key]"]
    refusal = detail.get("ctx", {}).get("error")
    if detail["type"] == "extra_forbidden":
        known = [key for key in shape.keys(shape.at(model, loc[:-1])) if loc[:-1] or key != "name"]
        yield f"{dotted(loc)}: {shape.unknown(known, str(loc[-1]))}"
    elif isinstance(refusal, RefusedError):
        for fault in refusal.faults:
            got = "" if fault.got is NOTHING else f", got {plain_value(fault.got)}"
            yield f"{dotted([*loc, *filter(None, [fault.path])])} must {fault.rule}{got}."
    elif detail["type"] == "missing":
        yield f"{dotted(loc)} is missing."
    else:
        yield f"{dotted(loc)} must {_rule(detail)}, got {_got(detail, loc)}."


def _rule(detail: ErrorDetails) -> str:
    context: Mapping[str, Any] = detail.get("ctx", {})
    if detail["type"] == "literal_error":
        return f"be {context['expected'].replace(chr(39), '')}"
    if detail["type"] == "string_type" and isinstance(detail["input"], (int, float)):
        return "be text: put it in quotes"
    return _RULES.get(detail["type"], "be as docs/environments.md says").format(**context)


def _got(detail: ErrorDetails, loc: list[str | int]) -> str:
    # If the quotes or the ARN are forgotten, no password must get into a log.
    show = kind if {"secrets", "environment"} & set(loc) else value
    return show(detail["input"])


def dotted(path: shape.Path) -> str:
    return ".".join(str(part) if str(part).isprintable() else json.dumps(str(part)) for part in path)


def plain_value(got: object) -> str:
    """Return a value whose type is clear: text without quotes, unless it has invisible characters."""
    return _short(got) if isinstance(got, str) and got.isprintable() and got.strip() else value(got)


def value(got: object) -> str:
    """Return a value so that "1" and 1 differ, on one line, shortened."""
    if isinstance(got, (Mapping, tuple)):
        return kind(got)
    return _short(json.dumps(got, ensure_ascii=not str(got).isprintable()))


def kind(got: object) -> str:
    """Say what kind of value it is, without its content."""
    return _KINDS[type(got)]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"

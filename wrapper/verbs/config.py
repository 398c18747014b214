"""`config`: a whole environment as the YAML of a file that would mean the same, and as JSON."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from wrapper.environment import Setting, text
from wrapper.environment.problems import dotted

# Where comments begin; a longer line pushes its own away.
_COLUMN = 48


class Line(NamedTuple):
    """One line of the YAML; quiet is one that says nothing but defaults."""

    text: str
    quiet: bool


def lines(settings: Sequence[Setting]) -> Iterator[Line]:
    """Yield a line for each setting, with a comment of where it comes from and what it means."""
    loud = {
        each.path[:length]
        for each in settings
        if each.source != "default"
        for length in range(1, len(each.path) + 1)
    }
    begins_item, above = False, ""
    for each in settings:
        if isinstance(each.path[-1], int):
            begins_item = True
            continue
        indent = "  " * (len(each.path) - 1)
        if begins_item:
            indent = indent[:-2] + "- "
        begins_item = False
        value = f" {text.write(each.value)}" if each.is_leaf else ""
        shown = f"{indent}{text.write(each.path[-1])}:{value}"
        comment = _comment(each, above)
        above = each.description
        yield Line(f"{shown:{_COLUMN}}{comment}".rstrip(), quiet=each.path not in loud)


def as_json(settings: Sequence[Setting]) -> Mapping[str, Mapping[str, Any]]:
    """Return value, source, line and description of each key, by its dotted path."""
    return {
        dotted(each.path): {
            "value": each.value,
            "source": each.source,
            "line": each.line,
            "description": each.description,
        }
        for each in settings
        if each.is_leaf
    }


def _comment(setting: Setting, above: str) -> str:
    """Say source and meaning; the names in a map have the map's sentence, which stands above them."""
    source = f"line {setting.line}" if setting.source == "file" else setting.source
    choices = f"[{' | '.join(setting.choices)}] " if setting.choices else ""
    sentence = "" if setting.description == above else f"{choices}{setting.description}"
    words = f"{source:8}  {sentence}" if setting.is_leaf else sentence
    return f"  # {words}" if words else ""

"""`config`: the whole environment as the YAML of a file with the same meaning, and as JSON."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from wrapper.environment import Setting, text
from wrapper.environment.problems import dotted

# The column in which comments begin; the comment of a longer line follows it.
_COLUMN = 48
# A comment with less room than this is below its line.
_NARROWEST = 40


class Line(NamedTuple):
    """One line of the YAML; `quiet` if it only repeats defaults."""

    text: str
    quiet: bool

    def folded(self, width: int | None) -> list[str]:
        """Return the line; on a terminal its comment is folded, and each part is a comment."""
        shown, mark, comment = self.text.partition("  # ")
        if width is None or len(self.text) <= width or not mark:
            return [self.text]
        column = len(shown) + len(mark)
        if width - column >= _NARROWEST:
            first, *rest = _wrapped(comment, width - column)
            return [f"{shown}{mark}{first}", *(f"{' ' * (column - 2)}# {each}" for each in rest)]
        indent = len(shown) - len(shown.lstrip()) + 4
        below = (f"{' ' * (indent - 2)}# {each}" for each in _wrapped(comment, width - indent))
        return [shown.rstrip(), *below]


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


def _wrapped(words: str, width: int) -> list[str]:
    """Fold between words; words stay whole."""
    return textwrap.wrap(words, max(width, 1), break_long_words=False, break_on_hyphens=False)


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
    """Return source and meaning; the names in a map have the map's sentence, which is above them."""
    source = f"line {setting.line}" if setting.source == "file" else setting.source
    choices = f"[{' | '.join(setting.choices)}] " if setting.choices else ""
    sentence = "" if setting.description == above else f"{choices}{setting.description}"
    words = f"{source:8}  {sentence}" if setting.is_leaf else sentence
    return f"  # {words}" if words else ""

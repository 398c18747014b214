"""The command line without its secrets: for a log, a report, a page of CI."""

from collections.abc import Iterator, Sequence
from typing import Any

from wrapper.environment import text

_HIDDEN = "…"
# Shorter values occur in every text by chance, and hide nothing.
_SHORTEST = 4


def shown(words: Sequence[str]) -> list[str]:
    """Return the words without what is behind `=`, or behind `--`: either may be a secret."""
    told: list[str] = []
    for number, word in enumerate(words):
        if word == "--":
            return [*told, word, *[_HIDDEN] * (len(words) - number - 1)]
        name, equals, _ = word.partition("=")
        if name == "--set":  # --set=KEY=VALUE
            name = f"{name}={word.partition('=')[2].partition('=')[0]}"
        told.append(f"{name}={_HIDDEN}" if equals else word)
    return told


def without_values(said: str, words: Sequence[str]) -> str:
    """Return a text without the values of the words, whole or in parts: an error may quote them."""
    behind = words.index("--") if "--" in words else len(words)
    values = {value for word in words[:behind] if "=" in word for value in _values(word)} | {*words[behind:]}
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            said = said.replace(value, _HIDDEN)
    return said


def _values(word: str) -> Iterator[str]:
    value = word.removeprefix("--set=").partition("=")[2]
    yield value
    try:
        yield from _leaves(text.parse(value))
    except text.TextError:
        return


def _leaves(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        data = tuple(data.values())
    if isinstance(data, tuple):
        for each in data:
            yield from _leaves(each)
    elif isinstance(data, str):
        yield data

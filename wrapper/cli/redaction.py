"""Redact the secrets of a command line, for a log, a report or a page of CI."""

from collections.abc import Iterator, Sequence
from typing import Any

from wrapper.environment import text

_HIDDEN = "…"
# Shorter values also occur in other text by chance, and replacing them would hide nothing.
_SHORTEST = 4


def redact_arguments(words: Sequence[str]) -> list[str]:
    """Return the words without the values after `=` and the words after `--`: any of them may be a secret."""
    redacted: list[str] = []
    for number, word in enumerate(words):
        if word == "--":
            return [*redacted, word, *[_HIDDEN] * (len(words) - number - 1)]
        name, equals, _ = word.partition("=")
        if name == "--set":  # --set=KEY=VALUE
            name = f"{name}={word.partition('=')[2].partition('=')[0]}"
        redacted.append(f"{name}={_HIDDEN}" if equals else word)
    return redacted


def redact_text(message: str, words: Sequence[str]) -> str:
    """Return a message without the values of the words, whole or in parts: an error may quote them."""
    behind = words.index("--") if "--" in words else len(words)
    values = {value for word in words[:behind] if "=" in word for value in _values(word)} | {*words[behind:]}
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST:
            message = message.replace(value, _HIDDEN)
    return message


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

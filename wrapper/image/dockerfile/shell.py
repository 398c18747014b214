"""Split a shell line into simple commands, as far as that is possible without a shell."""

from collections.abc import Iterator
from dataclasses import dataclass

_ENDS = ("&&", "||", ";", "\n")
# Characters for pipes, redirections and substitutions: a command with them is not simple.
_ODD = frozenset("|&<>()`")
_KEYWORDS = frozenset({"if", "for", "while", "until", "case", "{", "!", "do", "then", "else"})


@dataclass(frozen=True, kw_only=True)
class Command:
    """`is_simple`: it consists of words alone. `may_fail`: another command follows it after `||`."""

    text: str
    is_simple: bool = True
    may_fail: bool = False


def commands(line: str) -> list[Command]:
    """Split at `&&`, `;` and the ends of lines; what follows `||` is left out."""
    found: list[Command] = []
    is_instead = False
    for text, is_simple, end in _parts(line):
        words = text.split(maxsplit=1)
        if words and not words[0].startswith("#") and not is_instead:
            simple = is_simple and words[0] not in _KEYWORDS
            found.append(Command(text=text.strip(), is_simple=simple, may_fail=end == "||"))
        is_instead = end == "||" or (is_instead and end == "&&")
    return found


def _parts(line: str) -> Iterator[tuple[str, bool, str]]:
    """Yield the text of each command, whether it is simple, and what ends it."""
    begin, at, quote, is_simple = 0, 0, "", True
    while at < len(line):
        one = line[at]
        if one == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if one == quote else quote
            is_simple &= quote != '"' or not line.startswith(("`", "$("), at)
        elif one in "'\"":
            quote = one
        elif end := next((end for end in _ENDS if line.startswith(end, at)), ""):
            yield line[begin:at], is_simple, end
            begin, is_simple = at + len(end), True
            at = begin - 1
        else:
            is_simple &= one not in _ODD and not line.startswith("$(", at)
        at += 1
    yield line[begin:], is_simple and not quote, ""

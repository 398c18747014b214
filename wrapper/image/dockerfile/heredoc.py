"""Take out heredocs, because the library that parses Dockerfiles would read their lines as instructions.

https://docs.docker.com/reference/dockerfile/#here-documents
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from wrapper.errors import ArtifactError

_TAKING = ("ADD", "COPY", "RUN")
_WORD = re.compile(r"""\d*<<(?P<tabs>-?)(?P<quote>["']?)(?P<end>[^<"'\s]+)(?P=quote)""")


@dataclass(frozen=True, kw_only=True)
class Heredoc:
    """`word` begins it in its instruction; `is_literal` says that its variables are not replaced."""

    word: str
    name: str
    body: str
    is_literal: bool


def taken_out(text: str, *, name: str) -> tuple[str, dict[int, tuple[Heredoc, ...]]]:
    """Return the text with the heredocs' lines as comments, so that all other lines keep their numbers.

    Also return the heredocs by the number of their instruction's first line, from 0. Raises ArtifactError for
    a heredoc that does not end.
    """
    lines = text.splitlines()
    kept, at = [], 0
    found: dict[int, tuple[Heredoc, ...]] = {}
    while at < len(lines):
        begin = at
        while at < len(lines) - 1 and lines[at].rstrip().endswith("\\"):
            at += 1
        at += 1
        kept += lines[begin:at]
        for word in _begun(" ".join(line.rstrip().removesuffix("\\") for line in lines[begin:at])):
            body, end = at, word["end"]
            while at < len(lines) and (lines[at].lstrip("\t") if word["tabs"] else lines[at]) != end:
                at += 1
            if at == len(lines):
                raise ArtifactError(
                    f"{name}:{begin + 1}: the heredoc must end with a line that is {end}, got none."
                )
            said = [line.lstrip("\t") if word["tabs"] else line for line in lines[body:at]]
            heredoc = Heredoc(
                word=word[0],
                name=end,
                body="".join(f"{line}\n" for line in said),
                is_literal=bool(word["quote"]),
            )
            found[begin] = (*found.get(begin, ()), heredoc)
            at += 1
            kept += ["#"] * (at - body)
    return "\n".join([*kept, ""]), found


def _begun(instruction: str) -> Iterator[re.Match[str]]:
    """Yield the words of an instruction with which heredocs begin."""
    word, _, value = instruction.strip().partition(" ")
    if word.upper() == "ONBUILD":
        word, _, value = value.strip().partition(" ")
    if word.upper() in _TAKING:
        yield from filter(None, map(_WORD.fullmatch, _words(value)))


def _words(value: str) -> list[str]:
    """Split as the shell does, and keep the quotes: no heredoc begins inside them."""
    try:
        return shlex.split(value, posix=False)
    except ValueError:
        return value.split()

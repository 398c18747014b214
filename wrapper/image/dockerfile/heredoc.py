"""Heredocs, which the parser of Dockerfiles doesn't know: it would read their lines as instructions.

https://docs.docker.com/reference/dockerfile/#here-documents
"""

import re
import shlex
from collections.abc import Iterator

from wrapper.errors import ArtifactError

_TAKING = ("ADD", "COPY", "RUN")
_WORD = re.compile(r"""\d*<<(?P<tabs>-?)(?P<quote>["']?)(?P<end>[^<"'\s]+)(?P=quote)""")


def without_bodies(text: str, *, name: str) -> str:
    """Make comments of the lines of heredocs, so that all others keep their numbers.

    Raises ArtifactError for one that does not end.
    """
    lines = text.splitlines()
    kept, at = [], 0
    while at < len(lines):
        begin = at
        while at < len(lines) - 1 and lines[at].rstrip().endswith("\\"):
            at += 1
        at += 1
        kept += lines[begin:at]
        for is_indented, end in _ends(" ".join(line.rstrip().removesuffix("\\") for line in lines[begin:at])):
            body = at
            while at < len(lines) and (lines[at].lstrip("\t") if is_indented else lines[at]) != end:
                at += 1
            if at == len(lines):
                raise ArtifactError(
                    f"{name}:{begin + 1}: the heredoc must end with a line that is {end}, got none."
                )
            at += 1
            kept += ["#"] * (at - body)
    return "\n".join([*kept, ""])


def _ends(instruction: str) -> Iterator[tuple[bool, str]]:
    """Yield for each heredoc of an instruction whether tabs may stand before its end, and the end."""
    word, _, value = instruction.strip().partition(" ")
    if word.upper() == "ONBUILD":
        word, _, value = value.strip().partition(" ")
    if word.upper() in _TAKING:
        for found in filter(None, map(_WORD.fullmatch, _words(value))):
            yield bool(found["tabs"]), found["end"]


def _words(value: str) -> list[str]:
    """Split as the shell does, quotes kept: what stands in them is no heredoc."""
    try:
        return shlex.split(value, posix=False)
    except ValueError:
        return value.split()

"""Names and sentences inside Markdown: their characters have no special meaning."""

import re

from wrapper.console import printable


def one_line(text: str) -> str:
    return " ".join(printable(text).splitlines())


# Characters that begin an image, a link or an element, and those before GitHub's own links and mentions.
_MARKUP = str.maketrans({"\\": "\\\\", "[": "\\[", "]": "\\]", "<": "&lt;", "@": "@\u200b", "#": "#\u200b"})
_LINKS = re.compile(r"(:)(?=//)|(www)(?=\.)", re.IGNORECASE)


def plain(text: str) -> str:
    """Escape a name or a sentence, so that it is no markup, link or mention."""
    return _LINKS.sub("\\g<0>\u200b", one_line(text).translate(_MARKUP))


def cell(text: str) -> str:
    return plain(text).replace("|", "\\|")


def code(text: str) -> str:
    """Write code that may hold backticks."""
    ticks = fence(text, least=1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{pad}{one_line(text)}{pad}{ticks}"


def code_cell(text: str) -> str:
    """Write code inside a table."""
    return code(text).replace("|", "\\|")


def fence(text: str, *, least: int = 3) -> str:
    """Return a run of backticks that is longer than any in the text."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return "`" * max(least, longest + 1)

"""Names and sentences inside Markdown: whatever they hold, they stay text."""


def one_line(text: str) -> str:
    return " ".join(text.splitlines())


def plain(text: str) -> str:
    """Keep a name from being read as markup or as a mention of somebody."""
    return one_line(text).replace("<", "&lt;").replace("@", "@\u200b")


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

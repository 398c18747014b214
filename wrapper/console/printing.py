"""Other people's text on a terminal: shown, and nothing else."""

# What moves a cursor, sets a title or a clipboard, or hides a text, as a picture of itself instead; what
# turns the direction of a line, or is in a column of its own, as a stand-in.
_PICTURES = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"} | {0x7F: 0x2421}
_STAND_INS = dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD)
_PRINTABLE = _PICTURES | _STAND_INS


def printable(text: str) -> str:
    """Return the text without what a terminal would interpret; with the same number of characters."""
    return text.translate(_PRINTABLE)


def plural(count: int, noun: str) -> str:
    """Write a count with its noun, such as 1 note or 1,200 notes."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"

"""What other pages of the wrapper take of the review's looks."""

from functools import cache
from pathlib import Path

from markupsafe import Markup


@cache
def style() -> Markup:
    """Return the style sheet, which is markup already: it is ours."""
    return Markup((Path(__file__).parent / "style.css").read_text(encoding="utf-8"))

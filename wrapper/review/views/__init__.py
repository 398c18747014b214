"""The same review for a terminal, a pull request, a browser and a script."""

from wrapper.review.views.answers import live, live_summary
from wrapper.review.views.answers import text as comparison
from wrapper.review.views.document import document, schema
from wrapper.review.views.html import html
from wrapper.review.views.markdown import LIMIT, markdown
from wrapper.review.views.terminal import screen, text

__all__ = [
    "LIMIT",
    "comparison",
    "document",
    "html",
    "live",
    "live_summary",
    "markdown",
    "schema",
    "screen",
    "text",
]

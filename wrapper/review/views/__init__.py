"""The same review for a terminal, a pull request and a script."""

from wrapper.review.views.document import document, schema
from wrapper.review.views.markdown import LIMIT, markdown
from wrapper.review.views.terminal import text

__all__ = ["LIMIT", "document", "markdown", "schema", "text"]

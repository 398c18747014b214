"""The status as a page: written to a file, or served on loopback and refreshed."""

from wrapper.verbs.status_page.live import Renewed, serve
from wrapper.verbs.status_page.page import html
from wrapper.verbs.status_page.report import Cost, Report, gather, priced

__all__ = ["Cost", "Renewed", "Report", "gather", "html", "priced", "serve"]

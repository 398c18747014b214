"""Template, styles and script of a page that loads nothing, from its module's folder."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from wrapper.review.views.money import difference, dollars, duration


@cache
def template(folder: Path) -> Template:
    """Return the folder's page.html.j2, with filters for money and time."""
    templates = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Names, reasons and values in a plan are untrusted text.
        autoescape=True,
    )
    templates.filters.update(dollars=dollars, difference=difference, duration=duration)
    return templates.get_template("page.html.j2")


@cache
def text(path: Path) -> Markup:
    """Return one of the package's files, which is already markup."""
    return Markup(path.read_text(encoding="utf-8"))


@cache
def script_hash(path: Path) -> str:
    """Return the hash that allows this script and no other, whatever untrusted text contains."""
    digest = hashlib.sha256(text(path).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def style() -> Markup:
    """Return the styles of all pages."""
    return text(Path(__file__).with_name("style.css"))

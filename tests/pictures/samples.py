"""Samples of the commands' output in the pages, printed again from the tests' own data.

A block behind `<!-- printed by python -m tests.pictures: NAME -->` is one of them. `python -m tests.pictures`
writes them, and tests/test_pictures.py fails if one is not current.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.text import Text

from tests.pictures import seen
from tests.wrapper.terminal import sample
from wrapper.cli.operations import cost_lines
from wrapper.cli.status import laid_out
from wrapper.console import layout
from wrapper.review import views

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
# As wide as the pages' lines.
COLUMNS = 110
_BLOCK = re.compile(r"(<!-- printed by python -m tests\.pictures: (\w+) -->\n\n```\n).*?(?=```\n)", re.DOTALL)


def _plain(lines: Iterator[Text] | list[Text]) -> str:
    return "".join(f"{line.plain.rstrip()}\n" for line in lines)


SAMPLES: dict[str, Callable[[], str]] = {
    "plan": lambda: _plain(views.screen(seen.reviewed(), width=COLUMNS)),
    "status": lambda: _plain(laid_out(sample.status(), width=None)),
    "releases": lambda: _plain(layout.table(sample.listing().rows(), width=None)),
    "cost": lambda: _plain(cost_lines(sample.costs_behind_nat(), width=COLUMNS)),
    "drift": lambda: f"{sample.drifted().text()}\n",
}


def current(page: str) -> str:
    """Return a page's text with each sample as it is printed today."""
    return _BLOCK.sub(lambda found: found[1] + SAMPLES[found[2]](), page)


def named(page: str) -> list[str]:
    """List the samples of a page."""
    return [name for _, name in _BLOCK.findall(page)]

"""How far from the top a review shows its verdict, its first risk, its first changed attribute.

On the page it is in CSS pixels at a width of 1280, in headless Chromium; on the terminal in lines of 80
columns. If a plan only creates, the first new resource counts as the attribute. Fails if that is not on the
first screen: 900 pixels, 40 lines.

    .venv/bin/python -m benchmarks.review_reach
"""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.review_size import large_plan
from tests.browser.chromium import Page, opened, programs
from tests.wrapper.review.planned import environment, stored
from wrapper.review import Review, make_review, views
from wrapper.terraform.plan import read_plan

WIDTH, COLUMNS = 1280, 80
# What a person sees before scrolling.
PIXELS, LINES = 900, 40
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_CHANGE = re.compile(r"  [−±~+] \S")
_TOP = "Math.round(document.querySelector(arguments[0])?.getBoundingClientRect().top + scrollY)"


class Reach(NamedTuple):
    """Pixels or lines from the top; None if it is missing."""

    verdict: int | None
    risk: int | None
    change: int | None


def reviews() -> Iterator[tuple[str, Review]]:
    for title, name in (("new image", "new-image"), ("first create", "first-create")):
        yield title, make_review([stored(name)], environment=environment())
    large = read_plan(large_plan(2000), stack="app")
    yield "2,000 resources", make_review([large], environment=environment())


def on_page(page: Page) -> Reach:
    """Measure the page that is shown."""
    change = "#digest .pair" if page.ask("document.querySelector('#digest .pair')") else "#digest li"
    return Reach(*(page.ask(_TOP, selector) for selector in (".verdict", ".finding", change)))


def on_terminal(review: Review) -> Reach:
    """Count the lines; a terminal folds lines that are longer than its width."""
    lines = _ANSI.sub("", views.text(review, width=COLUMNS)).splitlines()
    folded = [
        line[start : start + COLUMNS] for line in lines for start in range(0, max(len(line), 1), COLUMNS)
    ]
    changed = re.compile("→") if any(each.attribute for each in review.digest) else _CHANGE
    rules = {finding.rule for finding in review.findings}
    return Reach(
        _first(folded, lambda line: line == review.verdict.sentence),
        _first(folded, lambda line: any(rule in line for rule in rules)),
        _first(folded, lambda line: bool(changed.search(line))),
    )


def _first(lines: Sequence[str], is_it: Callable[[str], bool]) -> int | None:
    return next((number for number, line in enumerate(lines, 1) if is_it(line)), None)


def main() -> int:
    found = programs()
    if found is None:
        sys.exit("error: chromium and chromedriver are missing")
    print(f"{'plan':16} {'view':9} {'verdict':>8} {'risk':>8} {'change':>8}")
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder, opened(*found) as chrome:
        for title, review in reviews():
            path = Path(folder) / "review.html"
            path.write_text(views.html(review), encoding="utf-8")
            page = Page(chrome, path)
            page.show(width=WIDTH, height=PIXELS)
            for view, reach, screen in (
                ("page", on_page(page), PIXELS),
                ("terminal", on_terminal(review), LINES),
            ):
                print(f"{title:16} {view:9}", *(f"{each or '-':>8}" for each in reach))
                worst = max(worst, (reach.change or 0) / screen)
    print(
        "every first change is on the first screen"
        if worst <= 1
        else "a first change is below the first screen"
    )
    return 0 if worst <= 1 else 1


if __name__ == "__main__":
    sys.exit(main())

"""Take the picture in docs/plan-review.md: `python -m tests.browser.screenshot`, with Chromium on PATH."""

import sys
import tempfile
from pathlib import Path

from tests.browser.chromium import Page, opened, programs
from tests.pictures import seen

TARGET = Path(__file__).parents[2] / "docs" / "plan-review.png"
WIDTH, HEIGHT = 1000, 1400


def main() -> None:
    found = programs()
    if found is None:
        sys.exit("error: chromium and chromedriver must be on PATH.")
    with tempfile.TemporaryDirectory() as folder, opened(*found) as chrome:
        path = Path(folder) / "review.html"
        path.write_text(seen.page(), encoding="utf-8")
        page = Page(chrome, path)
        page.show(width=WIDTH, height=HEIGHT)
        TARGET.write_bytes(seen.signed(page.picture(width=WIDTH, height=HEIGHT)))


if __name__ == "__main__":
    main()

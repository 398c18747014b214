"""The review's pages in a browser. Without Chromium the tests are skipped, but never in CI."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.browser.chromium import Page, opened, programs
from tests.wrapper.review.planned import environment, stored
from wrapper.review import make_review, views


@pytest.fixture(scope="session")
def chrome() -> Iterator[Chrome]:
    found = programs()
    if found is None:
        message = "chromium and chromedriver must be on PATH; sudo .ci/browser installs them."
        if os.environ.get("BROWSER_REQUIRED"):
            pytest.fail(message)
        pytest.skip(message)
    with opened(*found) as chrome:
        yield chrome


@pytest.fixture
def review_page(chrome: Chrome, tmp_path: Path) -> Callable[..., Page]:
    """Gives the page of stored plans, such as first-create, read as one review."""

    def page(*names: str) -> Page:
        path = tmp_path / "review.html"
        review = make_review([stored(name) for name in names], environment=environment())
        path.write_text(views.html(review), encoding="utf-8")
        return Page(chrome, path)

    return page

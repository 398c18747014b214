"""The review's pages in a browser. Without Chromium the tests are skipped, but never in CI."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from tests.browser.chromium import Page, opened, programs
from tests.wrapper.answers.lists import write_model
from tests.wrapper.answers.swapped import ANSWERS, reviewed
from tests.wrapper.answers.test_comparing import NEW, OLD
from tests.wrapper.review.planned import environment, raw
from wrapper.model.diff import compare
from wrapper.review import make_review, views
from wrapper.terraform.plan import read_plan


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
    """Return the page of stored plans, such as first-create or foreign/nested, read as one review.

    ANSWERS is that of a plan with another model version.
    """

    def page(*names: str) -> Page:
        path = tmp_path / "review.html"
        if names == (ANSWERS,):
            review = reviewed(
                compare(write_model(tmp_path / "old", OLD), write_model(tmp_path / "new", NEW, version="2"))
            )
        else:
            plans = [read_plan(raw(name), stack=name) for name in names]
            review = make_review(plans, environment=environment())
        path.write_text(views.html(review), encoding="utf-8")
        return Page(chrome, path)

    return page

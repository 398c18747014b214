"""The status page in a browser, from a file and from its server."""

from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.chromium import Page
from tests.browser.test_review_page import PHONE, channels, contrast
from tests.wrapper.status.reports import hostile, report, service_status
from wrapper.errors import PreconditionError
from wrapper.verbs.status_page import Report, html, serve

pytestmark = pytest.mark.browser
REPORTS = {
    "well": report(),
    "unwell": report(web=service_status(healthy=1), api=None, alarms=("web-errors",)),
    "hostile": hostile(),
}
TEXTS = (
    "h1, h2, .verdict, .eyebrow, .state, .tile dt, .tile dd, .small, .grid td, .grid th, .events li, .jump a"
)


@pytest.fixture
def opened(chrome: Chrome, tmp_path: Path) -> Callable[[Report], Page]:
    def page(found: Report) -> Page:
        path = tmp_path / "status.html"
        path.write_text(html(found), encoding="utf-8")
        return Page(chrome, path)

    return page


@pytest.fixture
def look(chrome: Chrome) -> Callable[[str], None]:
    """Wait until the page in the browser contains some text."""

    def until(script: str) -> None:
        WebDriverWait(chrome, 10).until(lambda chrome: chrome.execute_script(f"return {script}"))

    return until


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_complains_and_all_text_stands_out(
    opened: Callable[[Report], Page], name: str, scheme: str
) -> None:
    """The console is empty, and each kind of text has a contrast of 4.5 to 1."""
    page = opened(REPORTS[name])
    page.show(scheme=scheme)
    assert page.complaints() == []
    behind = (
        "(e => { while (getComputedStyle(e).backgroundColor === 'rgba(0, 0, 0, 0)') e = e.parentElement;"
        " return getComputedStyle(e).backgroundColor; })"
    )
    for number in range(page.ask(f"document.querySelectorAll('{TEXTS}').length")):
        element = f"document.querySelectorAll('{TEXTS}')[{number}]"
        ink = channels(page, f"getComputedStyle({element}).color")
        ground = channels(page, f"{behind}({element})")
        assert contrast(ink, ground) >= 4.5, page.ask(f"{element}.outerHTML")


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_fits_on_a_phone(opened: Callable[[Report], Page], name: str) -> None:
    """Nothing is wider than the screen, and no text is tiny."""
    page = opened(REPORTS[name])
    page.show(width=PHONE, height=740)
    page.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.ask("document.documentElement.scrollWidth") == PHONE
    seen = "[...document.querySelectorAll('main *')].filter(each => !each.closest('thead'))"
    assert page.ask(f"Math.max(...{seen}.map(each => each.getBoundingClientRect().right))") <= PHONE
    assert page.ask(f"Math.min(...{seen}.map(each => parseFloat(getComputedStyle(each).fontSize)))") >= 11


def test_the_plots_are_drawn(opened: Callable[[Report], Page]) -> None:
    """The bars show sixty minutes of load, the second half twice as high as the first."""
    page = opened(REPORTS["well"])
    page.show()
    heights = page.ask(
        "[...document.querySelectorAll('.plot:first-child rect')].map(bar =>"
        " bar.getBoundingClientRect().height / bar.closest('svg').clientHeight)"
    )
    assert heights == pytest.approx([0.5] * 30 + [1.0] * 30, abs=0.02)
    assert page.ask("document.querySelectorAll('.plot rect.errors').length") == 1


def test_the_served_page_keeps_itself_current(chrome: Chrome, look: Callable[[str], None]) -> None:
    """Figures are replaced; focus, scroll and folds stay. A failed refresh is shown until one works."""
    reports = [REPORTS["well"]]
    failing: list[PreconditionError] = []

    def page() -> str:
        if failing:
            raise failing[0]
        return html(reports[-1], every_seconds=0.1)

    metrics = {"width": 640, "height": 400, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    with serve(page) as url:
        chrome.get(url)
        assert chrome.execute_script("return document.querySelector('.verdict').textContent").startswith(
            "All"
        )
        tasks = "document.querySelector('.grid')"
        chrome.execute_script(
            "document.documentElement.style.fontSize = '60px';"  # so that the table is wider than the page
            "const summary = document.querySelector('details summary'); summary.click(); summary.focus();"
            f"summary.scrollIntoView({{block: 'center', behavior: 'instant'}}); {tasks}.scrollLeft = 40"
        )
        kept = (
            "[document.activeElement.nodeName, document.querySelector('details').open,"
            f" {tasks}.scrollLeft, Math.round(document.activeElement.getBoundingClientRect().top)]"
        )
        before = chrome.execute_script(f"return {kept}")
        assert before[:3] == ["SUMMARY", True, 40]
        reports.append(REPORTS["unwell"])
        look("document.querySelector('.verdict').textContent === 'Not deployed: api.'")
        assert chrome.execute_script(f"return {kept}") == before
        failing.append(PreconditionError("AWS must answer, got nothing."))
        look("document.querySelector('#stale').textContent === 'Not current: AWS must answer, got nothing.'")
        failing.clear()
        look("document.querySelector('#stale').hidden")
        errors = [each for each in chrome.get_log("browser") if "503" not in each["message"]]  # type: ignore[no-untyped-call]
        assert errors == []
        chrome.get("about:blank")
    chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})

"""Positions on the review's page: nothing is covered, clipped or too faint, on paper either."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome, Keys

from benchmarks.review_reach import LINES, PIXELS, WIDTH, on_page, on_terminal, reviews
from tests.browser.chromium import Page
from tests.browser.test_review_page import channels, contrast
from wrapper.review import views

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Page]
PHONE, DESKTOP = 375, 1280
# A4 between the margins of 1 cm that Chromium leaves, in CSS pixels.
PAPER = 718
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
SEEN = "[...document.querySelectorAll(arguments[0])].filter(each => each.checkVisibility())"
BOX = "each.getBoundingClientRect()"
# Together they have every state, and boxes with a count.
PICTURES = ("service-added", "service-removed", "egress-nat", "renamed", "foreign/nested")
# All controls of the page, in order.
CONTROLS = "a[href], button, input, summary"


def test_the_first_change_is_on_the_first_screen(chrome: Chrome, tmp_path: Path) -> None:
    """For a new image, a first create and 2,000 resources, after verdict and risks; also on a terminal."""
    for title, review in reviews():
        path = tmp_path / "review.html"
        path.write_text(views.html(review), encoding="utf-8")
        page = Page(chrome, path)
        page.show(width=WIDTH, height=PIXELS)
        for reach, screen in ((on_page(page), PIXELS), (on_terminal(review), LINES)):
            verdict, risk, change = reach
            assert verdict
            assert risk
            assert change
            assert verdict < risk < change <= screen, title


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_every_heading_is_reached_below_the_navigation(review_page: OpenPage, width: int) -> None:
    """After a jump to a heading, the bar at the top does not cover it."""
    page = review_page("renamed")
    page.show(width=width, height=600)
    for link in page.chrome.find_elements("css selector", "nav.jump a"):
        link.send_keys(Keys.ENTER)
        bar = page.ask("document.querySelector('.jump').getBoundingClientRect().bottom")
        heading = page.ask(
            "document.querySelector(arguments[0]).querySelector('h2').getBoundingClientRect().top",
            str(link.get_attribute("href")).partition(".html")[2],
        )
        assert bar <= heading <= 600, link.text


@pytest.mark.parametrize("name", ["production", "everything", "renamed", "foreign/network"])
@pytest.mark.parametrize("width", [PHONE, 768, DESKTOP])
def test_no_text_is_clipped(review_page: OpenPage, name: str, width: int) -> None:
    """No box is narrower than what is in it, and the page never scrolls sideways."""
    page = review_page(name)
    page.show(width=width, height=800)
    page.ask(OPEN_ALL)
    assert page.ask("document.documentElement.scrollWidth") <= width
    clipped = page.ask(
        f"{SEEN}.filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.outerHTML)",
        "main section, .node, .place, .finding, .tile, .group, .tier, .digest li, table, td, th",
    )
    assert clipped == []


@pytest.mark.parametrize("width", [PHONE, 768, DESKTOP])
def test_no_box_lies_over_another(review_page: OpenPage, width: int) -> None:
    """No two boxes of the picture with three zones overlap."""
    page = review_page("production")
    page.show(width=width, height=800)
    boxes = page.ask(
        f"{SEEN}.map(each => {BOX}).map(each => [each.left, each.top, each.right, each.bottom])",
        "#picture .node, #picture .place, .tile",
    )
    assert len(boxes) > 12
    for number, one in enumerate(boxes):
        for other in boxes[:number]:
            apart = one[2] <= other[0] + 1 or other[2] <= one[0] + 1
            assert apart or one[3] <= other[1] + 1 or other[3] <= one[1] + 1


def test_an_address_range_stays_on_one_line_on_a_phone(review_page: OpenPage) -> None:
    """Three zones stand below each other there, each with its name."""
    page = review_page("production")
    page.show(width=PHONE, height=800)
    ranges = page.ask(
        f"{SEEN}.map(each => [each.textContent, each.getClientRects().length])", ".place .whole"
    )
    assert [lines for text, lines in ranges if "/" in text] == [1] * 6
    zones = page.ask(
        "[...document.querySelectorAll('.cell')]"
        ".map(each => getComputedStyle(each, '::before').content.replaceAll('\"', ''))"
    )
    assert zones == ["eu-west-1a", "eu-west-1b", "eu-west-1c"] * 2


@pytest.mark.parametrize("width", [320, PHONE, 900])
def test_a_count_stays_with_its_verb_and_a_time_with_its_unit(review_page: OpenPage, width: int) -> None:
    """`0 to destroy` and `5 min 50 s` each stay on one line, at widths that would fold them."""
    page = review_page("first-create")
    page.show(width=width, height=800)
    pieces = page.ask(f"{SEEN}.map(each => [each.textContent, each.getClientRects().length])", ".whole")
    assert {"0 to destroy", "5 min 50 s", "bake 180 s"} <= {text for text, _ in pieces}
    assert [text for text, lines in pieces if lines != 1] == []


@pytest.mark.parametrize("name", ["new-image", "renamed", "production"])
def test_paper_is_whole(review_page: OpenPage, name: str) -> None:
    """Every border is on the sheet, nothing that belongs together is split, and the bar is not printed."""
    page = review_page(name)
    page.show(width=PAPER, height=1000, media="print")
    page.ask("dispatchEvent(new Event('beforeprint'))")
    edges = page.ask(f"{SEEN}.map(each => [{BOX}.left, {BOX}.right])", "main *, header *")
    assert min(left for left, _ in edges) >= 0
    assert max(right for _, right in edges) < PAPER
    together = page.ask(
        f"{SEEN}.every(each => getComputedStyle(each).breakInside === 'avoid')",
        ".costs tr, .rows tr, .node, .finding, .tile, .timeline",
    )
    assert together
    assert page.ask(f"{SEEN}.length", ".jump, .tools") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_of_a_time_line_stands_out(review_page: OpenPage, scheme: str) -> None:
    """Its contrast to the track is at least 3 to 1. https://www.w3.org/TR/WCAG22/#non-text-contrast"""
    page = review_page("new-image")
    page.show(scheme=scheme)
    names = page.ask(f"{SEEN}.map(each => each.classList[1])", ".stretch")
    assert names == ["start", "grace", "health", "drain", "stop", "bake"]
    track = channels(page, "getComputedStyle(document.querySelector('.track')).backgroundColor")
    for name in (*(f".stretch.{each}" for each in names), ".deadline", ".bar.before", ".costs .bar"):
        part = channels(page, f"getComputedStyle(document.querySelector('{name}')).backgroundColor")
        assert contrast(part, track) >= 3, name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["renamed", "production", "foreign/fleet"])
def test_every_text_stands_out(review_page: OpenPage, name: str, scheme: str) -> None:
    """Its contrast is at least 4.5 to 1. https://www.w3.org/TR/WCAG22/#contrast-minimum"""
    page = review_page(name)
    page.show(scheme=scheme)
    page.ask(OPEN_ALL)
    pairs = page.ask(
        f"""[...new Set({SEEN}
        .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
        .map(each => {{
          let behind = each;
          const colour = () => getComputedStyle(behind).backgroundColor;
          while (behind.parentElement && colour() === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
          return getComputedStyle(each).color + '|' + colour();
        }}))]""",
        "body *:not(script):not(style)",
    )
    assert len(pairs) > 5
    for pair in pairs:
        ink, behind = ([float(each) for each in re.findall(r"[\d.]+", side)[:3]] for side in pair.split("|"))
        assert contrast(ink, behind) >= 4.5, pair


def test_nothing_moves_for_who_asked_for_that(review_page: OpenPage) -> None:
    """Without that setting a jump scrolls smoothly; nothing else is ever animated."""
    page = review_page("new-image")
    moves = "getComputedStyle(document.documentElement).scrollBehavior"
    page.show(motion="reduce")
    assert page.ask(moves) == "auto"
    page.show(motion="no-preference")
    assert page.ask(moves) == "smooth"
    style = f"{SEEN}.map(each => getComputedStyle(each))"
    still = "each.transitionDuration === '0s' && each.animationName === 'none'"
    assert page.ask(f"{style}.every(each => {still})", "body *")


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_keyboard_reaches_everything(review_page: OpenPage, width: int) -> None:
    """Tab goes through all controls in order. The focused one is marked, and the bar does not cover it."""
    page = review_page("service-added")
    page.show(width=width, height=500)
    wanted = page.ask(f"{SEEN}.length", CONTROLS)
    reached = []
    for _ in range(wanted):
        ActionChains(page.chrome).send_keys(Keys.TAB).perform()
        place, covered, outline = page.ask(
            f"""(() => {{
              const each = document.activeElement;
              const bar = document.querySelector('.jump');
              const covers = !bar.contains(each) && {BOX}.bottom <= bar.getBoundingClientRect().bottom
                && {BOX}.bottom > bar.getBoundingClientRect().top;
              return [{SEEN}.indexOf(each), covers, getComputedStyle(each).outlineStyle];
            }})()""",
            CONTROLS,
        )
        reached.append(place)
        assert not covered
        assert outline == "solid"
    assert reached == list(range(wanted))


def test_keys_open_search_and_filter(review_page: OpenPage) -> None:
    """Enter opens a change, a slash moves to the search, Escape empties it, Space presses a filter."""
    page = review_page("new-image")
    page.show()
    page.ask("document.querySelector('.entry summary').focus()")
    ActionChains(page.chrome).send_keys(Keys.ENTER).perform()
    assert page.ask("document.querySelector('.entry').open")
    ActionChains(page.chrome).send_keys("/").send_keys("nothing has this").perform()
    assert page.ask("document.activeElement.id") == "search"
    assert page.ask(f"{SEEN}.length", ".entry") == 0
    ActionChains(page.chrome).send_keys(Keys.ESCAPE).perform()
    assert page.ask(f"{SEEN}.length", ".entry") > 0
    page.ask("document.querySelector('button.state.changed').focus()")
    ActionChains(page.chrome).send_keys(Keys.SPACE).perform()
    assert page.ask("document.querySelector('button.state.changed').ariaPressed") == "true"


@pytest.mark.parametrize("name", PICTURES)
def test_what_a_box_leads_to_is_there(review_page: OpenPage, name: str) -> None:
    """Each link of the picture leads to a change; a box without changes is no link."""
    page = review_page(name)
    page.show()
    searched = page.ask(f"{SEEN}.map(each => each.dataset.search)", "#picture a.node, #picture a.place")
    entries = page.ask(
        "[...document.querySelectorAll('.entry')]"
        ".map(each => each.textContent.toLowerCase().replace(/\\s+/g, ' '))"
    )
    for text in searched:
        assert any(all(word in entry for word in text.lower().split()) for entry in entries), text
    assert page.ask(f"{SEEN}.length", "#picture a.unchanged") == 0


@pytest.mark.parametrize("name", PICTURES)
def test_the_legend_names_what_occurs(review_page: OpenPage, name: str) -> None:
    """It has a row for each state in the picture, and no other row."""
    page = review_page(name)
    page.show()
    legend = page.ask(f"{SEEN}.map(each => each.textContent)", ".legend .state")
    page.ask(OPEN_ALL)
    text = page.ask(
        "[...document.querySelectorAll('#picture :is(.node, .place, .network):not(.heap)')]"
        ".flatMap(each => [...each.classList])"
    )
    counted = page.ask("[...document.querySelectorAll('#picture .heap')].map(each => each.textContent)")
    words = set(text) | {word for each in counted for word in each.split()}
    states = {"removed", "replaced", "changed", "new", "unchanged"}
    assert set(legend) == words & states

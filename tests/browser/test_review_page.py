"""The review's page in a browser."""

import re
from collections.abc import Callable

import pytest

from tests.browser.chromium import Page
from tests.wrapper.answers.swapped import ANSWERS
from tests.wrapper.review.planned import NAMES, PLANS, stored

pytestmark = pytest.mark.browser
PHONE = 360
ALL = (*NAMES, ANSWERS, *(f"foreign/{path.stem}" for path in sorted((PLANS / "foreign").glob("*.json"))))
OpenPage = Callable[..., Page]
ENTRIES = "[...document.querySelectorAll('.entry')]"


@pytest.fixture
def added(review_page: OpenPage) -> Page:
    """Return the plan that adds a second service; the first one stays."""
    return review_page("service-added")


def type_into_search(page: Page, text: str) -> None:
    page.chrome.find_element("css selector", "#search").send_keys(text)


@pytest.mark.parametrize("name", ALL)
def test_no_page_complains(review_page: OpenPage, name: str) -> None:
    """The console is empty: no error, nothing that could not be loaded, nothing that the policy refused."""
    page = review_page(name)
    page.show()
    assert page.complaints() == []


def test_a_complaint_would_be_heard(added: Page) -> None:
    """The page's policy refuses what is not its own, and the test above would find that."""
    added.show()
    added.ask("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}))")
    added.ask("new Promise(done => setTimeout(done, 300))")
    assert "Content Security Policy" in " ".join(added.complaints())


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("foundation")])
def test_the_picture_shows_every_service(review_page: OpenPage, name: str) -> None:
    """Each ECS service of the plan has a visible box with its name in it."""
    page = review_page(name)
    page.show()
    boxes = "[...document.querySelectorAll('#picture .services .node')].filter(box => box.checkVisibility())"
    shown = page.ask(f"{boxes}.map(box => box.querySelector('b').textContent)")
    services = [each for each in stored(name).everything if each.type == "aws_ecs_service"]
    assert sorted(shown) == sorted((each.after or each.before or {})["name"] for each in services)


def test_the_picture_says_what_happens(added: Page) -> None:
    """A new service is marked as new, an unchanged one is not."""
    added.show()
    states = added.ask(
        "Object.fromEntries([...document.querySelectorAll('.services .node')]"
        ".map(box => [box.querySelector('b').textContent, box.querySelector('.badge').textContent]))"
    )
    assert states == {"extra": "new", "recommender": "unchanged"}


def test_search_finds_a_resource_and_hides_the_others(added: Page) -> None:
    """It searches addresses, types and nested values, and says how many of all resources it found."""
    added.show()
    total = added.ask(f"{ENTRIES}.length")
    type_into_search(added, "aws_ecs_service.service")
    visible = f"{ENTRIES}.filter(entry => entry.checkVisibility()).map(entry => entry.textContent)"
    [found] = added.ask(visible)
    assert 'module.ecs_service["extra"].aws_ecs_service.service' in " ".join(found.split())
    assert added.ask("document.querySelector('#shown').textContent") == f"1 of {total} changes"
    added.chrome.find_element("css selector", "#search").clear()
    type_into_search(added, "path_pattern /extra/")
    [found] = added.ask(visible)
    assert "aws_lb_listener_rule" in found


def test_states_are_filters(review_page: OpenPage) -> None:
    """A filter shows only the resources that change; a second click shows all again."""
    page = review_page("egress-nat")
    page.show()
    chip = page.chrome.find_element("css selector", "button.state.changed")
    visible = f"{ENTRIES}.filter(entry => entry.checkVisibility()).length"
    before = page.ask(visible)
    chip.click()
    assert chip.text == f"changed {page.ask(visible)}"
    chip.click()
    assert page.ask(visible) == before


def test_a_box_leads_to_its_changes(added: Page) -> None:
    """A click on a box searches for its resource and for what belongs to that."""
    added.show()
    added.ask("document.querySelector('.services .node.new').click()")
    assert added.ask("document.querySelector('#search').value") == 'module.ecs_service["extra"]'
    assert added.ask(f"{ENTRIES}.filter(entry => entry.checkVisibility()).length") > 1


def test_attributes_unfold(review_page: OpenPage) -> None:
    """They are hidden until somebody unfolds them."""
    page = review_page("new-image")
    page.show()
    row = "document.querySelector('.entry .rows')"
    assert not page.ask(f"{row}.checkVisibility()")
    page.chrome.find_element("css selector", ".entry summary").click()
    assert page.ask(f"{row}.checkVisibility()")


def test_the_plots_are_drawn(review_page: OpenPage) -> None:
    """The highest bar is as high as its plot, and the others are in proportion to their users."""
    page = review_page(ANSWERS)
    page.show()
    heights = page.ask(
        "[...document.querySelector('.plot svg').querySelectorAll('rect')]"
        ".map(bar => bar.getBoundingClientRect().height"
        " / document.querySelector('.plot svg').clientHeight)"
    )
    assert heights == pytest.approx([0.5, *[0] * 8, 0.5, 1], abs=0.02)


@pytest.mark.parametrize("name", ALL)
def test_a_page_fits_on_a_phone(review_page: OpenPage, name: str) -> None:
    """Nothing is wider than the screen, folded or not, and no text is tiny."""
    page = review_page(name)
    page.show(width=PHONE, height=740)
    page.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.ask("document.documentElement.scrollWidth") == PHONE
    edges = "[...document.querySelectorAll('main *')].map(each => each.getBoundingClientRect().right)"
    assert page.ask(f"Math.max(...{edges})") <= PHONE
    sizes = (
        "[...document.querySelectorAll('main *')].map(each => parseFloat(getComputedStyle(each).fontSize))"
    )
    assert page.ask(f"Math.min(...{sizes})") >= 11


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(added: Page, scheme: str) -> None:
    """Light and dark text have a contrast of 4.5 to 1. https://www.w3.org/TR/WCAG22/#contrast-minimum"""
    added.show(scheme=scheme)
    background, ink = (
        channels(added, f"getComputedStyle(document.body).{name}") for name in ("backgroundColor", "color")
    )
    assert (sum(background) > sum(ink)) == (scheme == "light")
    for state in ("new", "unchanged"):
        badge = f"document.querySelector('.node.{state} .badge')"
        colours = [
            channels(added, f"getComputedStyle({badge}).{each}") for each in ("color", "backgroundColor")
        ]
        assert contrast(*colours) >= 4.5


def channels(page: Page, style: str) -> list[float]:
    return [float(number) for number in re.findall(r"[\d.]+", page.ask(style))[:3]]


def contrast(one: list[float], other: list[float]) -> float:
    lighter, darker = sorted(map(luminance, (one, other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(channels: list[float]) -> float:
    """Return the relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [each / 255 for each in channels]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_paper_shows_what_changes(review_page: OpenPage) -> None:
    """A changed attribute is printed even if it was folded, on few pages; afterwards it is folded again."""
    page = review_page("new-image")
    page.show()
    printed = page.printed()
    assert printed.startswith(b"%PDF-")
    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 6
    assert page.ask("document.querySelectorAll('.entry[open]').length") == 0
    page.ask("dispatchEvent(new Event('beforeprint'))")
    assert page.ask("document.querySelectorAll('.entry[open] .rows').length") == 2

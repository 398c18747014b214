"""The status as one HTML file: its content, and that nothing in it can do harm."""

import re
from dataclasses import replace

import pytest

from tests.wrapper.review.test_html import Reader
from tests.wrapper.status.reports import hostile, hour, report, service_status
from wrapper.delivery.variants import Share
from wrapper.verbs.status_page import Report, html
from wrapper.verbs.status_page.charts import charts
from wrapper.verbs.status_page.page import verdict


def said(found: Report) -> str:
    reader = Reader()
    reader.feed(html(found))
    reader.close()
    assert reader.open == []
    assert [each for each in reader.loaded if not each.startswith("data:,")] == []
    return " ".join(" ".join(reader.said).split())


def test_everything_is_on_the_page() -> None:
    """It has services with their measures, tasks, targets, the time line, and the cost."""
    text = said(report())
    for part in (
        "All of it runs as it should.",
        "2/2 running",
        "2/2 healthy",
        "20/s",
        "20 ms",
        "movielens/d7f3c3151c2c",
        "10.0.1.2",
        "Release 8 2026-01-02 11:30:40 , 60 min ago",
        "Release 7",
        "back to 5",
        "Roll-out of web",
        "rollback successful after 60 s. Service deployment rolled back",
        "58.50",
        "4 more",
    ):
        assert part in text, part
    assert "number_12" not in text  # free resources


@pytest.mark.parametrize(
    ("now", "sentence", "short"),
    [
        (20, "web-b gets 20 % of web's requests", "share 20 %"),
        (
            0,
            "web-b gets no requests yet; an apply tests it, then gives it 20 % of web's",
            "share none yet, then 20 %",
        ),
    ],
)
def test_a_variant_has_its_share(now: int, sentence: str, short: str) -> None:
    """In the words of the terminal at the top, and beside its measures; its service has none."""
    seen = report().status
    services = {name: service_status(name) for name in ("web", "web-b")}
    variants = {"web-b": Share(of="web", declared=20, now=now)}
    found = replace(report(), status=replace(seen, services=services, variants=variants))
    text = said(found)
    assert sentence in dict(found.status.facts()).values()
    assert f"Variant {sentence}" in text
    assert text.count("share ") == text.count(short) == 1


def test_the_newest_comes_first() -> None:
    """Releases and roll-outs share one line."""
    assert [event.what for event in report().events] == ["Roll-out of web", "Release 8", "Release 7"]


@pytest.mark.parametrize(
    ("found", "tone", "sentence"),
    [
        (report(), "calm", "All of it runs as it should."),
        (report(web=None), "block", "Not deployed: web."),
        (report(web=service_status(healthy=1)), "warn", "web: completed, 2/2 running, 1/2 healthy."),
        (report(alarms=("web-errors",)), "warn", "Alarms: web-errors."),
    ],
    ids=["well", "absent", "unwell", "alarm"],
)
def test_the_first_sentence_says_how_it_is(found: Report, tone: str, sentence: str) -> None:
    """It is about the worst state."""
    assert verdict(found.status) == (tone, sentence)


def test_a_bar_a_minute() -> None:
    """A bar's height is its share of the highest; minutes without a value have none."""
    rate, errors, p95 = charts(hour(), ("20/s", "0 %", "20 ms"))
    assert [bar.height for bar in rate.bars] == [0.5] * 30 + [1] * 30
    assert (rate.highest, rate.from_, rate.until) == ("20/s", "11:31", "12:30")
    assert [(bar.minute, bar.told) for bar in errors.bars] == [(45, "12:16 5 %")]
    assert [bar.minute for bar in p95.bars] == list(range(1, 60))


def test_without_measures_it_says_so() -> None:
    """This is a service whose measures can't be read, or that is not behind a load balancer."""
    assert "Nothing was measured." in said(replace(report(), hours={}))


def test_other_peoples_text_is_text() -> None:
    """No name, address or reason becomes markup or a link."""
    text = html(hostile())
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert 'href="javascript' not in text


def test_only_the_served_page_has_a_script() -> None:
    """Its policy allows no other one, and calls only to its own server."""
    alone, served = html(report()), html(report(), every_seconds=5)
    assert "<script" not in alone
    assert "script-src" not in alone
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', served)
    assert policy
    assert re.search(r"default-src 'none'; .*script-src 'sha256-[^']+'; connect-src 'self'; ", policy[1])

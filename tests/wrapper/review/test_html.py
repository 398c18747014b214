"""The review as one HTML file: its content, and that nothing in it can do harm."""

import re
from html.parser import HTMLParser

import pytest

from tests.wrapper.review.planned import NAMES, Json, change, created, environment, plan, stored
from wrapper.review import make_review, views
from wrapper.terraform.plan import Plan

_VOID = {"link", "meta", "input", "use", "path", "circle", "rect", "ellipse"}


class Reader(HTMLParser):
    """Collects what a page loads and shows; fails for tags that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loaded += [str(given[name]) for name in ("src", "srcset", "data", "action") if name in given]
        if tag in ("link", "use"):
            self.loaded.append(str(given["href"]))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def page(*plans: Plan, name: str = "staging") -> str:
    return views.html(make_review(plans, environment=environment(name)))


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("name", NAMES)
def test_the_page_is_whole_and_alone(name: str) -> None:
    """Every tag is closed, and it loads only icons of the page itself."""
    text = page(stored(name))
    loaded = read(text).loaded
    assert [each for each in loaded if not each.startswith(("#i-", "data:,"))] == []
    assert "@import" not in text
    assert "url(" not in text


def test_every_icon_that_is_used_is_there() -> None:
    """A misspelt icon would be an empty box."""
    text = "".join(page(stored(name)) for name in NAMES)
    assert set(re.findall(r'href="#(i-[a-z]+)"', text)) <= set(re.findall(r'id="(i-[a-z]+)"', text))


def test_what_the_other_views_say_is_on_the_page() -> None:
    """It has risks with their pages, cost, the roll-out, every change with what forces it, the notes."""
    seen = make_review([stored("new-image")], environment=environment(), notes=["not built yet"])
    text = " ".join(" ".join(read(views.html(seen)).said).split())
    assert seen.cost
    for told in (
        *(finding.sentence for finding in seen.findings),
        *(line.basis for line in seen.cost.lines),
        *seen.cost.assumptions,
        *(bound.formula for bound in seen.rollouts),
        *(each.address.removeprefix(f"{each.module}.") for each in stored("new-image").resources),
        "forces the replacement",
        "not built yet",
    ):
        assert " ".join(told.split()) in text


def test_text_of_others_stays_text() -> None:
    """Names, values and outputs with markup are shown as text, not run."""
    odd = "</details><script>alert(1)</script><img src=x onerror=alert(1)>"
    text = page(
        plan(
            change("aws_lb", "update", before={"name": "a"}, after={"name": odd, odd: odd}),
            created("aws_s3_bucket", {"bucket": odd}, module=odd),
            output_changes={odd: {"actions": ["create"], "after": odd}},
        )
    )
    assert "<script>alert" not in text
    assert "<img" not in text
    assert odd in "".join(read(text).said)


def test_only_the_pages_own_script_may_run() -> None:
    """The policy has its hash."""
    [policy] = re.findall(r'Content-Security-Policy" content="([^"]+)"', page())
    assert "default-src &#39;none&#39;" in policy or "default-src 'none'" in policy
    assert "sha256-" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([], "Nothing changes."),
        ([created("aws_iam_role", {"name": "a"})], "No risks found."),
        ([change("aws_s3_bucket", "delete", before={"a": 1})], "Blocked by data-loss."),
        (
            [change("aws_ecs_service", "delete", before={"a": 1}, module=each) for each in "ab"],
            "2 warnings, nothing blocks.",
        ),
    ],
)
def test_the_first_sentence_is_the_verdict(changes: list[Json], sentence: str) -> None:
    """It is about the worst level that occurs."""
    assert sentence in page(plan(*changes), name="prod")


def test_what_was_allowed_blocks_no_more_and_says_why() -> None:
    """The reason is next to the finding."""
    gone = plan(change("aws_s3_bucket", "delete", before={"a": 1}))
    allow = {"data-loss": "moved to <another> account"}
    text = views.html(make_review([gone], environment=environment("prod"), allow=allow))
    assert "Allowed: moved to &lt;another&gt; account" in text
    assert "Blocked by" not in text
    assert "1 allowed, nothing blocks." in text


def test_a_long_value_and_a_long_list_are_cut() -> None:
    """The page says so; review.json has the rest."""
    text = page(plan(created("aws_lambda_layer_version", {"a": "x" * 5_000, "b": list(range(500))})))
    assert "… (5,000 characters)" in text
    assert "351 more are in review.json" in text


def test_drift_is_on_the_page() -> None:
    """It is separate from what the plan changes."""
    drift = change("aws_lb", "update", before={"name": "a"}, after={"name": "b"})
    assert "changed outside Terraform before this plan" in page(
        plan(created("aws_lb", {"name": "a"}), resource_drift=[drift])
    )

"""The first sentence, the same in every view, and what changes in five lines."""

import json
import re

import pytest

from benchmarks.review_size import large_plan
from tests.wrapper.review.planned import NAMES, Json, change, created, environment, plan, stored
from wrapper.review import Review, make_review, views
from wrapper.review.digest import MOST, digest
from wrapper.terraform.plan import read_plan

ANSI = re.compile(r"\x1b\[[0-9;]*m")
WARNED = change("aws_ecs_service", "delete", before={"a": 1})
NOTED = created("aws_nat_gateway", {"a": 1})
BLOCKED = change("aws_s3_bucket", "delete", before={"a": 1})


def review(*changes: Json, name: str = "prod", **more: Json) -> Review:
    return make_review([plan(*changes)], environment=environment(name), **more)


def lines(seen: Review, *, width: int = 80) -> list[str]:
    return ANSI.sub("", views.text(seen, width=width)).splitlines()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ([], "Nothing changes."),
        ([created("aws_iam_role", {"name": "a"})], "No risks found."),
        ([NOTED], "1 note, nothing blocks."),
        ([WARNED, NOTED], "1 warning, 1 note, nothing blocks."),
        ([BLOCKED], "Blocked by data-loss."),
        ([BLOCKED, WARNED], "Blocked by data-loss; 1 warning."),
    ],
)
def test_every_view_begins_with_the_same_verdict(changes: list[Json], sentence: str) -> None:
    """It begins the terminal's output, the Markdown and the page, and is a key of the JSON."""
    seen = review(*changes)
    assert lines(seen)[0] == sentence
    assert views.markdown(seen).splitlines()[2].strip("*🛑⚠️ ") == sentence
    page = views.html(seen)
    assert re.findall(r'<p class="verdict \w+">([^<]*)</p>', page) == [sentence]
    assert page.index(sentence) < page.index('class="tiles"') < page.index('id="risks"')
    assert views.document(seen)["verdict"]["sentence"] == sentence


def test_what_cannot_be_applied_says_so_first_and_what_helps() -> None:
    """In every view, with the command that helps; readers would trust a green sentence."""
    seen = review(created("aws_iam_role", {"name": "a"}), obstacles=["web: its image is not published yet."])
    assert lines(seen)[:3] == [
        "Cannot be applied as it is. No risks found.",
        "  web: its image is not published yet.",
        "  fix: python -m wrapper publish prod",
    ]
    assert seen.verdict.tone == "warn"
    for view in (views.markdown(seen), views.html(seen), json.dumps(views.document(seen))):
        assert "web: its image is not published yet." in view
        assert "python -m wrapper publish prod" in view


def test_what_blocks_names_the_option_that_allows_it() -> None:
    """Each rule is named once, however many findings it has."""
    twice = [change("aws_s3_bucket", "delete", before={"a": 1}, module=each) for each in "ab"]
    assert review(*twice).verdict.fixes == ('python -m wrapper apply prod --allow data-loss="REASON"',)


def test_of_a_preview_the_command_names_its_file() -> None:
    """Its name alone is not that of an environment."""
    preview = environment("prod").model_copy(update={"name": "pr-7"})
    seen = make_review(
        [plan(BLOCKED)], environment=preview, obstacles=["web: its image is not published yet."]
    )
    publish, apply = seen.verdict.fixes
    assert publish == "python -m wrapper publish prod --as pr-7"
    assert apply.startswith("python -m wrapper apply prod --as pr-7 --allow ")


def test_what_was_allowed_is_counted() -> None:
    """It no longer blocks, but is shown."""
    seen = review(BLOCKED, allow={"data-loss": "moved"})
    assert (seen.verdict.sentence, seen.verdict.fixes) == ("1 allowed, nothing blocks.", ())


def test_sixty_of_a_rule_are_one_risk() -> None:
    """The first one is shown, the others are counted; Markdown and JSON have all of them."""
    many = [change("aws_ecs_service", "delete", before={"a": 1}, module=f"module.m{n}") for n in range(60)]
    seen = review(*many)
    [risk] = seen.risks
    assert len(risk.findings) == 60
    assert "  warn   service-removed  60 times, such as" in lines(seen)
    assert "and 59 more |" in views.markdown(seen)
    assert views.markdown(seen).count("| [service-removed]") == 61
    assert len(views.document(seen)["findings"]) == 60


@pytest.mark.parametrize("name", NAMES)
def test_what_changes_takes_few_lines(name: str) -> None:
    """This holds for any change; there are no lines only if nothing changes."""
    told = digest([stored(name)])
    assert len(told) <= MOST
    assert bool(told) == stored(name).has_changes


def test_a_new_image_is_told_old_and_new() -> None:
    """The service has its name, and the digests are shortened."""
    first, *_ = digest([stored("new-image")])
    assert first[1:5] == (
        "service recommender",
        "container_definitions.recommender.image",
        "recommender@sha256:0123456789ab",
        "recommender@sha256:fedcba987654",
    )


def test_what_somebody_asked_for_comes_before_what_is_computed() -> None:
    """What is left out is counted."""
    before = {"name": "a", "arn": "x", "tags": {str(n): f"a{n}" for n in range(9)}}
    after = before | {"name": "b", "tags": {str(n): f"b{n}" for n in range(9)}}
    seen = change("aws_lb", "update", before=before, after=after, after_unknown={"arn": True})
    told = digest([plan(seen)])
    assert (told[0].attribute, told[0].before, told[0].after) == ("name", "a", "b")
    assert told[-1].more == "and 5 more attributes"
    assert "arn" not in {each.attribute for each in told}


def test_long_values_are_cut_to_where_they_differ() -> None:
    """Old and new are next to each other."""
    long = "x" * 100
    [told] = digest([plan(change("aws_lb", "update", before={"a": f"{long}1"}, after={"a": f"{long}2"}))])
    assert (told.before, told.after) == (f"…{'x' * 10}1", f"…{'x' * 10}2")


def test_outputs_alone_are_a_change() -> None:
    """Their names are listed."""
    outputs = {"url": {"actions": ["update"], "before": "a", "after": "b"}}
    [told] = digest([plan(output_changes=outputs)])
    assert (told.what, told.more) == ("1 output", "url")


def test_a_large_plan_tells_the_most_on_its_first_screen() -> None:
    """Verdict, risks by rule, what changes, the slowest of fifty roll-outs: in 40 lines of 80 columns."""
    seen = make_review([read_plan(large_plan(2000), stack="app")], environment=environment())
    screen = lines(seen)[:40]
    assert screen[0] == "96 warnings, 13 notes, nothing blocks."
    assert sum(" times, such as" in line for line in screen) == 4
    assert any("(the slowest of 50)" in line for line in screen)
    assert [line[2] for line in screen if re.match(r"  [−±~+] ", line)] == ["−", "±", "~", "~", "+"]

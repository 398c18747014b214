"""The part of a review about a new model version's answers."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.wrapper.answers.lists import ITEMS, write_model
from tests.wrapper.answers.swapped import reviewed, swapped
from tests.wrapper.answers.test_comparing import NEW, OLD
from tests.wrapper.review.planned import change, environment, plan, raw, stored
from tests.wrapper.review.test_html import read
from wrapper.delivery.plans import refuse_blocked
from wrapper.environment import Review as ReviewBlock
from wrapper.environment.release import ModelVersion
from wrapper.errors import BlockedError
from wrapper.model.diff import Comparison, compare
from wrapper.review import Review, make_review, views
from wrapper.review.answers import swaps
from wrapper.terraform.plan import read_plan

ANSI = re.compile(r"\x1b\[[0-9;]*m")
TITLES = "<b>@ada | `x`</b>"


@pytest.fixture
def found(tmp_path: Path) -> Comparison:
    """Return a comparison: overlap@10 of 0.725, three in four users with another top 10, one in five lost."""
    return compare(write_model(tmp_path / "old", OLD), write_model(tmp_path / "new", NEW, version="2"))


def remarks(review: Review) -> list[tuple[str, str]]:
    return [(each.level.value, each.sentence) for each in review.findings if each.rule == "answers-change"]


def test_a_swap_is_read_from_the_plan() -> None:
    """It compares the container's variables before and after."""
    old, new = (ModelVersion(name="films", version=each, sha256=each * 64) for each in "12")
    (swap,) = swaps([swapped(old, new)])
    assert (swap.service, swap.old.version, swap.new.version) == ("recommender", old, new)
    assert swap.new.uri == "s3://recommender-staging-models-111111111111/models/films/2"
    assert list(swaps([swapped(old, old)])) == []


def test_a_swap_is_read_from_terraforms_own_plan() -> None:
    """The plan is of the real stack, with another version in the state."""
    document = raw("new-image")
    for each in document["resource_changes"]:
        if each["type"] == "aws_ecs_task_definition":
            before = each["change"]["before"]
            told = before["container_definitions"]
            before["container_definitions"] = told.replace("/movielens/1", "/movielens/0").replace("ab", "cd")
    (swap,) = swaps([read_plan(document, stack="app")])
    assert swap.address == 'module.ecs_service["recommender"].aws_ecs_task_definition.service'
    assert (swap.service, swap.old.version.label) == ("recommender", "movielens/0")
    assert (swap.old.version.sha256, swap.new.version.sha256) == ("cd" * 32, "ab" * 32)
    assert list(swaps([stored("new-image")])) == []


def test_a_follower_swaps_nothing() -> None:
    """Its container gets a folder and no sha256; a task without a model gets neither."""
    follower = {"name": "a", "environment": [{"name": "MODEL_URI", "value": "s3://b/models/films"}]}
    tasks = [{"container_definitions": [each]} for each in (follower, {"name": "a"})]
    seen = plan(change("aws_ecs_task_definition", "update", before=tasks[0], after=tasks[1]))
    assert list(swaps([seen])) == []


def test_the_defaults_warn_of_much(found: Comparison) -> None:
    """A fifth of the users is lost, more than 5 %; the overlap is within its limit."""
    assert remarks(reviewed(found)) == [
        (
            "warn",
            "Its answers change (films/1 → films/2): 20.0% of the users are lost, at most 5.0% is wanted.",
        )
    ]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"warn": {"users_lost": None}}, []),
        ({"warn": {"overlap": 0.8, "users_lost": None}}, [("warn", "overlap@10 is 0.72, at least 0.8")]),
        ({"block": {"overlap": 0.8}}, [("block", "overlap@10 is 0.72"), ("warn", "users are lost")]),
        ({"block": {"rbo": 0.99}, "warn": {"users_lost": None}}, [("block", "mean RBO is 0.7")]),
        (
            {"block": {"changed": 0.7, "users_lost": 0.1}},
            [("block", "75.0% of the users have another top 10")],
        ),
        ({"block": {"changed": 0.75, "items_lost": 0}, "warn": {"users_lost": None}}, []),
    ],
)
def test_each_limit_is_the_environments(
    found: Comparison, limits: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """A value that blocks is no warning as well, and a value at its limit is allowed."""
    told = remarks(reviewed(found, limits=limits))
    assert [level for level, _ in told] == [level for level, _ in expected]
    assert all(words in sentence for (_, sentence), (_, words) in zip(told, expected, strict=True))


def test_a_limit_leaves_the_other_defaults_alone() -> None:
    """A file with one limit keeps the defaults of the others."""
    limits = ReviewBlock.model_validate({"answers_change": {"warn": {"rbo": 0.6}}}).answers_change
    assert limits
    assert (limits.warn.rbo, limits.warn.overlap, limits.warn.users_lost) == (0.6, 0.5, 0.05)
    assert not limits.blocks


def test_a_blocked_change_is_not_applied(found: Comparison) -> None:
    """It needs a reason to be applied."""
    with pytest.raises(BlockedError, match=r"blocked by answers-change\n.*overlap@10"):
        refuse_blocked(reviewed(found, limits={"block": {"overlap": 0.9}}))


def test_models_that_share_no_user_do_not_pass_for_alike(tmp_path: Path) -> None:
    """Nothing can be measured, which is worse than any measure."""
    other = compare(write_model(tmp_path / "a", {"1": "a"}), write_model(tmp_path / "b", {"2": "a"}))
    ((level, sentence),) = remarks(
        reviewed(other, limits={"block": {"overlap": 0.1}, "warn": {"users_lost": None, "overlap": None}})
    )
    assert level == "block"
    assert "no user is in both to have mean overlap@10, at least 0.1 is wanted" in sentence
    assert "not known: no user is in both" in views.comparison(other)


@pytest.mark.parametrize(("limits", "level"), [(None, "note"), ({"block": {"rbo": 0.1}}, "warn")])
def test_answers_that_nobody_could_read_are_told(
    found: Comparison, limits: dict[str, Any] | None, level: str
) -> None:
    """It is a warning if they might have blocked, otherwise a note."""
    seen = reviewed(found, limits=limits, unread="films/2 is gone.")
    sentence = "How the answers differ is not known (films/1 → films/2): films/2 is gone."
    assert remarks(seen) == [(level, sentence)]
    assert "not known: films/2 is gone." in ANSI.sub("", views.text(seen, width=200))
    assert "not known: films/2 is gone." in views.markdown(seen)
    assert "not known: films/2 is gone." in views.html(seen)
    document = json.loads(json.dumps(views.document(seen)))
    jsonschema.validate(document, views.schema())
    assert (document["answers"][0]["comparison"], document["answers"][0]["unread"]) == (
        None,
        "films/2 is gone.",
    )


def test_an_environment_may_want_no_comparison(found: Comparison) -> None:
    """null disables the comparison, and the rule as well."""
    block = ReviewBlock.model_validate({"answers_change": None})
    declared = environment().model_copy(update={"review": block})
    seen = make_review([swapped(found.old, found.new)], environment=declared, answers=reviewed(found).answers)
    assert remarks(seen) == []


def test_the_terminal_shows_the_measures(found: Comparison) -> None:
    """It shows each distribution in one line."""
    seen = ANSI.sub("", views.text(reviewed(found), width=200))
    lines = {line.split()[0]: line for line in seen.partition("Answers")[2].splitlines()[1:8]}
    assert "5 → 5, 1 gained, 1 lost" in lines["users"]
    assert "75.0% of 4 users have another top 10, 25.0% only its order" in lines["changed"]
    assert "0 |▄        ▄█| 1  mean 0.725" in lines["overlap@10"]
    assert "20 → 20" in lines["items"]
    assert "50.0% → 100.0%" in lines["coverage"]


def test_a_comment_names_no_user(found: Comparison) -> None:
    """Everybody who can read it sees only the measures."""
    seen = views.markdown(reviewed(found))
    assert "How the answers of recommender change: films/1 → films/2" in seen
    assert "75.0% of 4 users have another top 10, 25.0% only its order" in seen
    assert "Film k" not in seen


def test_json_holds_all_of_it(found: Comparison) -> None:
    """It contains the largest changes with their titles; text has the added and removed items."""
    seen = reviewed(found)
    assert "the 3 users with the largest change\n  4  overlap 0.00, RBO 0.00\n" in views.comparison(found)
    assert "    + Film k; Film l;" in views.comparison(found)
    document = json.loads(json.dumps(views.document(seen)))
    jsonschema.validate(document, views.schema())
    comparison = document["answers"][0]["comparison"]
    assert comparison["overlap"]["tenths"] == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]
    assert comparison["movers"][0]["new"][0] == {"id": "k", "title": "Film k"}
    assert comparison["users"] == {"old": 5, "new": 5, "both": 4, "gained": 1, "lost": 1}


def test_the_page_draws_the_distributions(found: Comparison) -> None:
    """There are two plots of eleven bars, in proportion to the highest; nothing is loaded."""
    page = views.html(reviewed(found))
    reader = read(page)
    assert [each for each in reader.loaded if not each.startswith(("#i-", "data:,"))] == []
    assert page.count("<rect ") - page.partition('id="answers"')[0].count("<rect ") == 22
    assert 'aria-label="overlap@10, users from 0 to 1: 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2"' in page
    assert 'x="101" y="0.00" width="8" height="40.00"><title>about 1.0: 2 users' in page
    assert 'x="1" y="20.00" width="8" height="20.00"><title>about 0.0: 1 users' in page
    assert "style=" not in page.partition('<svg viewBox="0 0 110 40"')[2].partition("</svg>")[0]


def test_a_title_stays_text_in_every_view(tmp_path: Path) -> None:
    """Titles are written by others, so they are escaped."""
    titles = {"t": f"{TITLES}\x1b[31m\n"}
    old = write_model(tmp_path / "old", {"1": "a"})
    new = write_model(tmp_path / "new", {"1": "t"}, version="2", titles=titles)
    seen = reviewed(compare(old, new))
    assert "\x1b[31m" not in views.comparison(compare(old, new))
    assert "&lt;b&gt;@ada" in views.html(seen)
    assert "<b>@ada" not in views.html(seen)


def test_items_that_came_and_went_are_named(tmp_path: Path) -> None:
    """Text and page show their titles."""
    old = write_model(tmp_path / "old", {"1": "a"})
    new = write_model(tmp_path / "new", {"1": "a"}, items=(*ITEMS[1:-1], "a", "z"))
    found = compare(old, new)
    assert "items gained, the most popular first: Film z" in views.comparison(found)
    assert "items lost, the most popular first: Film t" in views.comparison(found)
    assert '<span title="t">Film t</span>' in views.html(reviewed(found))

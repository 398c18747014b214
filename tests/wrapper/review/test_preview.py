"""The result of `plan`: the review in each form, and as files."""

import json
from pathlib import Path

import jsonschema

from tests.wrapper.review.planned import created, environment, plan
from wrapper.review import make_review, views
from wrapper.terraform import PlanFile
from wrapper.terraform.plan import Summary
from wrapper.verbs.plan import Preview


def preview() -> Preview:
    file = PlanFile(stack="app", path=Path("none"), has_changes=True, summary=Summary(add=1))
    review = make_review(
        [plan(created("aws_eip", {"domain": "vpc"}))], environment=environment(), notes=["not built yet"]
    )
    return Preview(plans=[file], review=review, notes=["not built yet"])


def test_a_preview_is_its_review() -> None:
    """It has notes about what only an apply can know."""
    assert "app: 1 to add" in preview().text().replace("\x1b[0m", "").replace("\x1b[1m", "")
    assert "not built yet" in preview().text()
    assert "not built yet" in preview().markdown()


def test_a_preview_is_saved_for_ci(tmp_path: Path) -> None:
    """The folder is created if necessary; the JSON follows its schema."""
    markdown, page, document = preview().save(tmp_path / "a" / "b")
    assert [path.name for path in (markdown, page, document)] == ["review.md", "review.html", "review.json"]
    assert page.read_text().startswith("<!doctype html>")
    assert markdown.read_text() == preview().markdown()
    jsonschema.validate(json.loads(document.read_text()), views.schema())


def test_the_json_of_a_preview_holds_stacks_and_review() -> None:
    """Keys from before the review existed are still there."""
    document = preview().as_json()
    assert document["stacks"]["app"]["summary"]["add"] == 1
    assert (document["changes"], document["review"]["version"]) == (True, 1)

"""The three views of a review."""

import json
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from tests.wrapper.review.planned import change, created, environment, plan
from wrapper.review import Review, make_review, views
from wrapper.terraform.plan import Plan

ANSI = re.compile(r"\x1b\[[0-9;]*m")
SECRET = "hunter2-hunter2"


def review(*changes: Any, name: str = "staging", **document: Any) -> Review:
    return make_review([plan(*changes, **document)], environment=environment(name))


def screen(seen: Review) -> str:
    return ANSI.sub("", views.text(seen, width=100))


def document(seen: Review) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(views.document(seen)))
    jsonschema.validate(read, views.schema())
    return read


def usual() -> Review:
    """A plan that changes a service, and deletes its log group."""
    service = {"name": "recommender", "desired_count": 2, "task_definition": "a:1"}
    return review(
        change("aws_ecs_service", "update", before=service, after=service | {"task_definition": "a:2"}),
        change("aws_cloudwatch_log_group", "delete", before={"name": "a|b"}),
    )


def many(count: int) -> Review:
    listed = [created("aws_eip", {"domain": "vpc"}, module=f"module.m{number}") for number in range(count)]
    return review(
        *listed, *(change("aws_s3_bucket", "delete", before={"a": 1}, module=f"m{n}") for n in range(count))
    )


def test_the_terminal_says_what_why_how_long_and_how_much() -> None:
    """It is one screen, in that order."""
    seen = screen(usual())
    positions = [
        seen.index(word)
        for word in ("1 warning", "app: 0 to add", "data-loss", "task_definition", "Roll-out", "Cost")
    ]
    assert positions == sorted(positions)
    assert len(seen.splitlines()) < 30


def test_the_terminal_is_coloured_unless_asked_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """`NO_COLOR` turns colours off. https://no-color.org"""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[31m" in views.text(usual(), width=100)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[31m" not in views.text(usual(), width=100)


def test_no_changes_are_one_line_a_stack() -> None:
    """They follow the verdict. There is nothing to judge and nothing to pay for."""
    seen = make_review([Plan(stack="app", terraform_version="1.11.4")], environment=environment())
    assert screen(seen) == "Nothing changes.\napp: no changes"
    assert document(seen)["cost"] is None


def test_only_the_assumptions_that_matter_are_printed() -> None:
    """A public address has its hours, but no assumed load of a load balancer."""
    seen = screen(review(created("aws_eip", {"domain": "vpc"})))
    assert "assumed: a month has 730 hours" in seen
    assert "LCU" not in seen


def test_much_of_one_kind_is_counted_by_module() -> None:
    """A first create fits on a screen."""
    listed = [created("aws_eip", {"domain": "vpc"}, module="module.vpc") for _ in range(30)]
    assert "  + module.vpc: 30 aws_eip" in screen(review(*listed))


def test_markdown_puts_the_worst_first_and_folds_the_rest() -> None:
    """Risks come before changes, which are inside a fold."""
    seen = views.markdown(usual())
    assert seen.index("data-loss") < seen.index("<details>") < seen.index("```diff")
    assert seen.startswith("## Plan of staging\n")


def test_markdown_never_grows_beyond_a_comment() -> None:
    """What is left out is counted; the least important is left out first."""
    seen = views.markdown(many(3_000))
    assert len(seen.encode()) <= views.LIMIT
    assert "Left out, for a comment holds 65,536 characters" in seen
    assert "lines of risks; " in seen
    assert seen.index("data-loss") < seen.index("```diff") < seen.index("how it adds up")
    assert seen.count("<details>") == seen.count("</details>")


def test_markdown_that_fits_leaves_nothing_out() -> None:
    """It has no sentence about limits."""
    assert "Left out" not in views.markdown(many(10))


def test_markdown_is_not_broken_by_names() -> None:
    """Backticks, bars and line ends in values stay text; no @name notifies anybody."""
    odd = {"name": "```\n</details> @everyone | x"}
    seen = views.markdown(review(change("aws_lb", "update", before={"name": "a"}, after=odd)))
    assert "````diff" in seen
    assert "\n</details> @everyone" not in seen


def test_json_follows_its_schema() -> None:
    """It has the findings, cost and roll-outs of a usual change."""
    seen = document(usual())
    assert seen["findings"][0]["rule"] == "data-loss"
    assert seen["rollouts"][0]["deadline_seconds"] == 600
    assert seen["cost"]["date"] == "2026-11-20"


def test_the_schema_refuses_what_is_not_a_review() -> None:
    """One missing or additional key is refused."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(views.document(usual()) | {"extra": 1}, views.schema())


def test_secrets_are_in_no_view() -> None:
    """That is true of sensitive values, of outputs, and of a container's variables."""
    definitions = json.dumps([{"name": "a", "environment": [{"name": "PASSWORD", "value": SECRET}]}])
    seen = review(
        created("aws_ecs_task_definition", {"container_definitions": definitions}),
        created("aws_db_instance", {"password": SECRET}, after_sensitive={"password": True}),
        change("aws_lb", "update", before={"a": SECRET}, after={"a": "b"}, before_sensitive={"a": True}),
        output_changes={"token": {"actions": ["create"], "after": SECRET, "after_sensitive": True}},
        variables={"token": {"value": SECRET}},
    )
    everything = views.text(seen) + views.markdown(seen) + json.dumps(views.document(seen)) + repr(seen)
    assert SECRET not in everything


def test_drift_and_what_was_skipped_are_told() -> None:
    """Every view shows them."""
    drift = change("aws_lb", "update", before={"name": "a"}, after={"name": "b"})
    seen = review(created("aws_lb", {"name": "a"}), {"address": "odd"}, resource_drift=[drift])
    for view in (screen(seen), views.markdown(seen)):
        assert "1 changed outside Terraform" in view
        assert "odd was not understood" in view
    assert document(seen)["stacks"]["app"]["drift"][0]["address"] == "aws_lb.x"


def test_a_region_without_prices_says_so() -> None:
    """The rest of the review is complete."""
    elsewhere = environment().model_copy(update={"region": "us-west-2"})
    seen = make_review([plan(created("aws_eip", {"domain": "vpc"}))], environment=elsewhere)
    assert "There are no prices for us-west-2, only for eu-west-1, us-east-1." in screen(seen)
    assert seen.cost is None


def test_the_sandbox_says_that_it_costs_nothing() -> None:
    """The prices are only for comparison."""
    assert "The sandbox costs nothing" in screen(review(created("aws_eip", {"a": 1}), name="dev"))


def test_what_blocks_is_named() -> None:
    """A person who must agree can see it."""
    seen = review(change("aws_lb", "delete", before={"name": "a"}), name="prod")
    assert [finding.rule for finding in seen.blocked] == ["service-removed"]
    assert document(seen)["blocked"] == ["service-removed"]


def test_a_roll_out_beyond_its_deadline_is_warned_of() -> None:
    """The wrapper would stop it although nothing failed."""
    service = {"name": "recommender", "desired_count": 50, "task_definition": "a:1"}
    percents = {"deployment_minimum_healthy_percent": 98, "deployment_maximum_percent": 100}
    before = service | percents
    seen = review(
        change("aws_ecs_service", "update", before=before, after=before | {"task_definition": "a:2"})
    )
    assert "late-rollout" in [finding.rule for finding in seen.findings]


def test_a_bill_that_grows_by_half_is_warned_of() -> None:
    """A first create gives no warning, because it grows from nothing."""
    old = change("aws_nat_gateway", "no-op", before={"a": 1}, after={"a": 1}, module="old")
    new = [created("aws_nat_gateway", {"a": 1}, module=f"new{number}") for number in range(2)]
    assert "steep-cost" in [finding.rule for finding in review(old, *new).findings]
    assert "steep-cost" not in [finding.rule for finding in review(*new).findings]


def test_findings_are_sorted_from_the_worst() -> None:
    """Reading one line is enough to see the worst."""
    seen = review(
        created("aws_nat_gateway", {"a": 1}),
        change("aws_s3_bucket", "delete", before={"a": 1}),
        change("aws_lb", "delete", before={"a": 1}),
        name="prod",
    )
    levels = [finding.level.value for finding in seen.findings]
    assert levels == ["block", "block", "note"]
    assert replace(seen, findings=()).blocked == ()


@pytest.mark.timeout(20)
def test_two_thousand_resources_are_shown() -> None:
    """Every view contains them, and the Markdown stays within its limit."""
    seen = many(1_000)
    assert "… and " in screen(seen)
    assert len(views.markdown(seen).encode()) <= views.LIMIT
    assert len(document(seen)["stacks"]["app"]["resources"]) == 2_000

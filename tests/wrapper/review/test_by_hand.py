"""Additions and changes by hand are risks of the next apply, which reverts them."""

from dataclasses import replace
from typing import Any

import pytest

from tests.wrapper.review.planned import change, environment, found, plan
from wrapper.review import make_review, views
from wrapper.review.rules import added, by_hand
from wrapper.terraform.additions import Addition, Call

ADDED = Addition(
    stack="app",
    address="aws_iam_role.task",
    type="aws_iam_role",
    names=("films-task",),
    attribute="inline_policy",
    content={"name": "backdoor"},
    sentence="the inline policy backdoor",
    opens=True,
    undo=Call("iam", "delete_role_policy", {}),
)


def test_what_lets_somebody_in_blocks() -> None:
    """Anything else gives a warning, in both stacks."""
    route = replace(ADDED, address="aws_route_table.x", sentence="the route to nowhere", opens=False)
    seen = added([ADDED, replace(route, stack="foundation")])
    assert [(each.level.value, each.address, each.sentence) for each in seen] == [
        (
            "block",
            "aws_iam_role.task",
            "It has the inline policy backdoor, which nobody declared. An apply removes it.",
        ),
        (
            "warn",
            "aws_route_table.x",
            "It has the route to nowhere, which nobody declared. An apply removes it.",
        ),
    ]


@pytest.mark.parametrize("kind", ["aws_iam_role", "aws_iam_role_policy", "aws_s3_bucket_policy"])
def test_what_guards_and_was_changed_by_hand_blocks(kind: str) -> None:
    """Otherwise a plan that reverts it might be approved and forgotten without a reason."""
    hand = change(kind, "update", before={"policy": "a"}, after={"policy": "b"})
    back = change(kind, "update", before={"policy": "b"}, after={"policy": "a"})
    assert found(by_hand, plan(back, resource_drift=[hand])) == [
        ("block", "It was changed outside Terraform. An apply undoes that.")
    ]
    assert found(by_hand, plan(back)) == []
    assert found(by_hand, plan(resource_drift=[hand])) == []


def test_a_change_by_hand_of_anything_else_is_no_finding() -> None:
    """It is only listed under changes outside Terraform."""
    hand = change("aws_cloudwatch_log_group", "update", before={"days": 7}, after={"days": 90})
    back = change("aws_cloudwatch_log_group", "update", before={"days": 90}, after={"days": 7})
    assert found(by_hand, plan(back, resource_drift=[hand])) == []


def test_a_review_without_a_plan_tells_it_in_every_view() -> None:
    """The plan changes nothing: a refresh writes what was added into the state."""
    review = make_review([plan()], environment=environment(), additions=[ADDED])
    assert review.has_changes
    assert [each.rule for each in review.blocked] == ["by-hand"]
    written: list[Any] = [views.text(review), views.markdown(review), views.html(review)]
    assert all("the inline policy backdoor" in each for each in written)
    agreed = make_review([plan()], environment=environment(), additions=[ADDED], allow={"by-hand": "ours"})
    assert agreed.allowed == {"by-hand": "ours"}

"""Plans of unexpected form: they are read as far as possible, and what was left out is named."""

from typing import Any

from wrapper.terraform.plan import Action, read_plan


def resource(**change: Any) -> dict[str, Any]:
    return {"address": "aws_lb.web", "type": "aws_lb", "name": "web", "change": change}


def test_an_empty_document_is_an_empty_plan() -> None:
    """An empty document is no error."""
    assert not read_plan({}, stack="app").has_changes


def test_an_unknown_action_is_skipped_and_named() -> None:
    """The other resources are kept."""
    plan = read_plan(
        {"resource_changes": [resource(actions=["teleport"]), resource(actions=["create"], after={"a": 1})]},
        stack="app",
    )
    assert [each.action for each in plan.resources] == [Action.CREATE]
    assert plan.skipped == ("resource_changes: aws_lb.web was not understood (ValueError).",)


def test_a_missing_key_is_named() -> None:
    """A resource without `change` is skipped."""
    plan = read_plan({"resource_changes": [{"address": "aws_lb.web"}]}, stack="app")
    assert plan.skipped == ("resource_changes: aws_lb.web was not understood (no change).",)


def test_an_item_of_another_kind_is_skipped() -> None:
    """Its index in the list is used as its name."""
    plan = read_plan({"resource_changes": ["x"], "checks": [7]}, stack="app")
    assert [each.split(" was")[0] for each in plan.skipped] == [
        "resource_changes: item 0",
        "checks: item 0",
    ]


def test_another_major_format_is_told() -> None:
    """Terraform guarantees nothing across major versions."""
    plan = read_plan({"format_version": "2.0"}, stack="app")
    assert plan.skipped[0].startswith("format_version should be 1.x, got 2.0")


def test_deferred_changes_are_told() -> None:
    """The review says that such a plan is incomplete."""
    plan = read_plan({"deferred_changes": [{}], "complete": False}, stack="app")
    assert len(plan.skipped) == 2
    assert "? deferred_changes were not read, 1 of them." in plan.text()


def test_unchanged_resources_are_kept_apart() -> None:
    """They also cost money."""
    same = {"port": 80}
    plan = read_plan(
        {"resource_changes": [resource(actions=["no-op"], before=same, after=same)]}, stack="app"
    )
    assert (plan.resources, plan.unchanged[0].after) == ((), {"port": 80})
    assert "unchanged" not in plan.as_json()


def test_values_are_masked_as_a_whole() -> None:
    """What rules and prices read contains no secret either."""
    plan = read_plan(
        {
            "resource_changes": [
                resource(
                    actions=["create"],
                    after={"password": "hunter2", "port": 80},
                    after_unknown={"arn": True},
                    after_sensitive={"password": True},
                )
            ]
        },
        stack="app",
    )
    assert plan.resources[0].after == {"password": "(sensitive)", "port": 80, "arn": "(known after apply)"}


def test_a_resource_that_is_a_secret_as_a_whole_has_no_values() -> None:
    """There is nothing to read."""
    plan = read_plan(
        {"resource_changes": [resource(actions=["create"], after={"a": 1}, after_sensitive=True)]},
        stack="app",
    )
    assert plan.resources[0].after == {}


def test_a_part_of_another_shape_is_skipped_and_named() -> None:
    """If it is not the expected list, it is not read."""
    plan = read_plan({"checks": True, "resource_changes": 3, "deferred_changes": 1}, stack="app")
    assert plan.skipped == (
        "deferred_changes were not read, 1 of them.",
        "resource_changes was not understood (no list).",
        "checks was not understood (no list).",
    )


def test_a_resource_without_actions_is_skipped_and_named() -> None:
    """Nobody knows what would happen to it."""
    plan = read_plan({"resource_changes": [resource(actions=[])]}, stack="app")
    assert plan.skipped == ("resource_changes: aws_lb.web was not understood (IndexError).",)


def test_an_index_of_another_kind_is_written_as_text() -> None:
    """Terraform has texts and numbers."""
    plan = read_plan({"resource_changes": [resource(actions=["create"]) | {"index": [1]}]}, stack="app")
    assert plan.resources[0].key == "[1]"

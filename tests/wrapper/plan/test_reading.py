"""From Terraform's plan JSON to a plan: actions, what forces them, and what must be hidden."""

import json
import math
from typing import Any

import pytest

from wrapper.terraform.plan import Action, AttributeChange, Mask, Plan, Summary, read_plan


def resource(actions: list[str], before: Any = None, after: Any = None, **change: Any) -> dict[str, Any]:
    return {
        "address": "module.alb.aws_lb.web",
        "module_address": "module.alb",
        "type": "aws_lb",
        "name": "web",
        "change": {"actions": actions, "before": before, "after": after, **change},
    }


def read(*resources: dict[str, Any], **document: Any) -> Plan:
    return read_plan({"terraform_version": "1.11.4", "resource_changes": resources, **document}, stack="app")


def attributes(before: Any, after: Any, **change: Any) -> list[AttributeChange]:
    (only,) = read(resource(["update"], before, after, **change)).resources
    return list(only.attributes)


def change(path: str, before: Any, after: Any, *, forces: bool = False) -> AttributeChange:
    return AttributeChange(path=path, before=before, after=after, forces_replacement=forces)


@pytest.mark.parametrize(
    ("actions", "expected", "create_first"),
    [
        (["create"], Action.CREATE, False),
        (["read"], Action.READ, False),
        (["update"], Action.UPDATE, False),
        (["delete"], Action.DELETE, False),
        (["forget"], Action.FORGET, False),
        (["delete", "create"], Action.REPLACE, False),
        (["create", "delete"], Action.REPLACE, True),
    ],
)
def test_actions_are_named(actions: list[str], expected: Action, create_first: bool) -> None:
    """Two actions are a replacement, and their order says which comes first."""
    (only,) = read(resource(actions)).resources
    assert (only.action, only.create_first) == (expected, create_first)


def test_no_ops_are_left_out_unless_something_moves() -> None:
    """An unchanged resource is left out, but not one whose address changes."""
    moved = resource(["no-op"]) | {"previous_address": "aws_lb.old"}
    plan = read(resource(["no-op"]), moved)
    assert [each.previous_address for each in plan.resources] == ["aws_lb.old"]


def test_a_replacement_counts_twice() -> None:
    """As in Terraform's own summary, it is one added and one destroyed."""
    plan = read(
        resource(["delete", "create"]), resource(["create"]), resource(["update"]), resource(["read"])
    )
    assert plan.summary == Summary(add=2, change=1, destroy=1)
    assert [each.address for each in plan.by_action(Action.REPLACE)] == ["module.alb.aws_lb.web"]


def test_what_forces_a_replacement_is_marked() -> None:
    """The forcing attribute and all below it are marked."""
    plan = read(
        resource(
            ["delete", "create"],
            {"name": "a", "access_logs": [{"bucket": "x"}], "tags": {"a": "1"}},
            {"name": "b", "access_logs": [{"bucket": "y"}], "tags": {"a": "2"}},
            replace_paths=[["name"], ["access_logs", 0]],
        )
    )
    assert plan.resources[0].forced_by == ("name", "access_logs[0]")
    assert plan.resources[0].attributes == (
        change("access_logs[0].bucket", "x", "y", forces=True),
        change("name", "a", "b", forces=True),
        change("tags.a", "1", "2"),
    )


def test_only_what_differs_is_listed() -> None:
    """Equal values are left out; null, empty and absent are the same."""
    before = {"same": 1, "gone": "x", "empty": [], "null": None, "deep": {"list": [1, 2]}}
    after = {"same": 1, "null": None, "absent": {}, "deep": {"list": [1, 3, 4]}}
    assert attributes(before, after) == [
        change("deep.list[1]", 2, 3),
        change("deep.list[2]", None, 4),
        change("gone", "x", None),
    ]


def test_false_and_zero_are_values() -> None:
    """A flag that is set to false is a change, not an absence."""
    assert attributes({"on": True, "n": 1}, {"on": False, "n": 0}) == [
        change("n", 1, 0),
        change("on", True, False),
    ]


def test_keys_that_are_no_identifiers_are_quoted() -> None:
    """A tag may contain dots and slashes."""
    assert attributes({"tags": {"a/b.c": "1"}}, {"tags": {"a/b.c": "2"}}) == [
        change('tags["a/b.c"]', "1", "2")
    ]


def test_what_is_not_known_yet_is_marked() -> None:
    """An unknown new value becomes a mask, also inside lists and in place of a tree."""
    assert attributes(
        {"arn": "old", "blocks": [{"id": "1", "n": 1}], "policy": {"a": 1}},
        {"blocks": [{"n": 1}]},
        after_unknown={"arn": True, "blocks": [{"id": True}], "policy": True},
    ) == [
        change("arn", "old", Mask.UNKNOWN),
        change("blocks[0].id", "1", Mask.UNKNOWN),
        change("policy", None, Mask.UNKNOWN),
    ]


@pytest.mark.parametrize("side", ["before_sensitive", "after_sensitive"])
def test_a_secret_is_masked_on_both_sides(side: str) -> None:
    """One side that is sensitive is enough; the change itself stays visible."""
    assert attributes({"password": "old"}, {"password": "new"}, **{side: {"password": True}}) == [
        change("password", Mask.SENSITIVE, Mask.SENSITIVE)
    ]


def test_a_secret_tree_is_masked_as_a_whole() -> None:
    """Nothing below a sensitive map is shown, not even its keys."""
    assert attributes({}, {"secrets": {"key": "value"}}, after_sensitive={"secrets": True}) == [
        change("secrets", None, Mask.SENSITIVE)
    ]


def test_a_secret_inside_a_list_is_masked_alone() -> None:
    """Its neighbours stay readable."""
    changes = attributes(
        {"items": [{"a": "1", "b": "1"}]},
        {"items": [{"a": "2", "b": "2"}]},
        before_sensitive={"items": [{}]},
        after_sensitive={"items": [{"b": True}]},
    )
    assert changes == [
        change("items[0].a", "1", "2"),
        change("items[0].b", Mask.SENSITIVE, Mask.SENSITIVE),
    ]


def test_documents_inside_strings_are_compared_by_their_parts() -> None:
    """A new image is shown as the image, not as two container definitions of 2 kB."""

    def definitions(image: str) -> dict[str, str]:
        return {"container_definitions": json.dumps([{"name": "web", "image": image}])}

    assert attributes(definitions("a@1"), definitions("a@2")) == [
        change("container_definitions.web.image", "a@1", "a@2")
    ]


def test_what_has_a_name_is_found_by_it() -> None:
    """An added variable before four others is one line; elements without names are compared by index."""

    def definitions(*names: str, key: str = "name") -> dict[str, str]:
        listed = [{key: name, "value": "v"} for name in names]
        return {"container_definitions": json.dumps([{"name": "web", "environment": listed}])}

    before, after = definitions("B", "C", "D", "E"), definitions("A", "E", "D", "C", "B")
    [added] = attributes(before, after)
    assert added.path == "container_definitions.web.environment.A.value"
    assert (added.before, added.after) == (None, Mask.SENSITIVE)
    twice = attributes(definitions("A", "A"), definitions("A", "A", "A"))
    assert {each.path for each in twice} == {
        "container_definitions.web.environment[2].name",
        "container_definitions.web.environment[2].value",
    }
    [unnamed] = attributes(definitions("A", key="key"), definitions("B", key="key"))
    assert unnamed.path == "container_definitions.web.environment[0].key"


def test_an_empty_text_is_nothing() -> None:
    """Providers keep an empty text if nothing is declared, and each plan would show it."""
    assert attributes({"ipc_mode": "", "cpu": "256"}, {"ipc_mode": None, "cpu": "512"}) == [
        change("cpu", "256", "512")
    ]


def test_a_string_that_only_looks_like_a_document_is_a_string() -> None:
    """For example, an address pattern may start with a bracket."""
    assert attributes({"pattern": "[a-z"}, {"pattern": "{x"}) == [change("pattern", "[a-z", "{x")]


def test_numbers_that_json_cannot_write_become_text() -> None:
    """Terraform's numbers are larger than a float; one that is read as infinite is shown as text."""
    after = json.loads('{"size": 1e999, "policy": "[1e999]"}')
    assert attributes({}, after) == [change("policy[0]", None, "inf"), change("size", None, "inf")]
    output = {"actions": ["update"], "before": {"size": [math.inf]}, "after": {"size": [-math.inf]}}
    (shown,) = read(output_changes={"limits": output}).outputs
    assert (shown.before, shown.after) == ({"size": ["inf"]}, {"size": ["-inf"]})


def test_outputs_are_read_and_masked() -> None:
    """Unknown values are marked, secrets hidden, unchanged outputs left out."""
    plan = read(
        output_changes={
            "url": {"actions": ["create"], "before": None, "after": {"a": 1}, "after_unknown": {"b": True}},
            "token": {"actions": ["update"], "before": "x", "after": "y", "after_sensitive": True},
            "same": {"actions": ["no-op"], "before": 1, "after": 1, "after_unknown": False},
        }
    )
    assert [(output.name, output.before, output.after) for output in plan.outputs] == [
        ("url", None, {"a": 1, "b": Mask.UNKNOWN}),
        ("token", Mask.SENSITIVE, Mask.SENSITIVE),
    ]


def test_drift_is_kept_apart() -> None:
    """Changes outside Terraform are not changes that Terraform would make."""
    plan = read(resource_drift=[resource(["update"], {"a": 1}, {"a": 2})])
    assert (plan.resources, plan.drift[0].attributes) == ((), (change("a", 1, 2),))
    assert not plan.has_changes


def test_failed_checks_carry_their_messages() -> None:
    """Warnings that do not block a plan are kept."""
    checks = [
        {
            "address": {"to_display": "check.tls"},
            "status": "fail",
            "instances": [{"problems": [{"message": "no TLS"}]}],
        },
        {"address": {"to_display": "check.fine"}, "status": "pass", "instances": [{"status": "pass"}]},
    ]
    plan = read(checks=checks)
    assert [(check.address, check.messages) for check in plan.failed_checks] == [("check.tls", ("no TLS",))]


def test_reading_data_is_no_change() -> None:
    """A plan with only a data source that is read during the apply changes nothing."""
    assert not read(resource(["read"])).has_changes

"""A plan as text and as JSON."""

import json

from wrapper.terraform.plan import (
    Action,
    AttributeChange,
    FailedCheck,
    Mask,
    OutputChange,
    Plan,
    ResourceChange,
    Summary,
)


def resource(action: Action, *attributes: AttributeChange, reason: str | None = None) -> ResourceChange:
    return ResourceChange(
        address=f"aws_lb.{action.name.lower()}",
        type="aws_lb",
        name=action.name.lower(),
        module="",
        key=None,
        action=action,
        reason=reason,
        attributes=attributes,
    )


NAME = AttributeChange(path="name", before="a", after="b", forces_replacement=True)
COUNT = AttributeChange(path="count", before=None, after=3)
ARN = AttributeChange(path="arn", before="arn:1", after=Mask.UNKNOWN)


def plan(*resources: ResourceChange) -> Plan:
    return Plan(
        stack="app",
        terraform_version="1.11.4",
        resources=resources,
        outputs=(OutputChange(name="url", action=Action.CREATE, before=None, after=Mask.UNKNOWN),),
        failed_checks=(FailedCheck(address="check.tls", messages=("no TLS",)),),
    )


def test_a_plan_reads_as_a_list() -> None:
    """Updates and replacements show what differs; a replacement leaves out values that are computed again."""
    text = plan(
        resource(Action.CREATE, COUNT),
        resource(Action.UPDATE, COUNT, ARN),
        resource(Action.REPLACE, ARN, NAME, reason="replace_because_cannot_update"),
        resource(Action.DELETE, NAME),
    ).text()
    assert text.splitlines() == [
        "app: 2 to add, 1 to change, 2 to destroy",
        "  + aws_lb.create",
        "  ~ aws_lb.update",
        "      count: none → 3",
        '      arn: "arn:1" → (known after apply)',
        "-/+ aws_lb.replace (cannot be changed in place)",
        '      name: "a" → "b"  (forces the replacement)',
        "  - aws_lb.delete",
        "  + output url: none → (known after apply)",
        "  ! check.tls: no TLS",
    ]


def test_an_empty_plan_says_so() -> None:
    """It is one line."""
    assert Plan(stack="app", terraform_version="1.11.4").text() == "app: no changes"


def test_long_values_are_cut() -> None:
    """One long text does not fill the screen."""
    long = AttributeChange(path="x", before=None, after="y" * 500)
    assert len(str(long)) < 80


def test_long_values_are_cut_to_where_they_differ() -> None:
    """Two images differ only in their digests, at the end."""
    name = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/recommender-staging/recommender@sha256:"
    image = AttributeChange(path="image", before=f"{name}{'a' * 64}", after=f"{name}{'b' * 64}")
    assert "mmender@sha256:aaaa" in str(image)
    assert "mmender@sha256:bbbb" in str(image)
    assert len(str(image)) < 140


def test_a_plan_is_json() -> None:
    """Everything can be read again from JSON, masks as their words."""
    document = json.loads(json.dumps(plan(resource(Action.UPDATE, ARN)).as_json()))
    assert document["summary"] == {"add": 0, "change": 1, "destroy": 0}
    assert document["resources"][0]["attributes"][0]["after"] == "(known after apply)"
    assert (document["stack"], document["changes"]) == ("app", True)


def test_a_summary_reads_as_terraforms() -> None:
    """It has three counts; a replacement is in two of them."""
    assert str(Summary(add=2, change=1, destroy=2)) == "2 to add, 1 to change, 2 to destroy"

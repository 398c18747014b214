"""Who made a change, as far as CloudTrail knows."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.stub import Stubber

from wrapper.aws.client import Aws, Credentials
from wrapper.terraform.plan import Action
from wrapper.verbs.drift.author import named
from wrapper.verbs.drift.outside import Change

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def change(*names: str) -> Change:
    return Change(
        stack="app",
        address="aws_lb.x",
        type="aws_lb",
        action=Action.UPDATE,
        attributes=(),
        names=names,
    )


def event(name: str, hour: int, *, read: bool = False, who: str = "ada") -> dict[str, Any]:
    return {
        "EventName": name,
        "EventTime": NOON.replace(hour=hour),
        "ReadOnly": "true" if read else "false",
        "Username": who,
    }


def asked(changes: Sequence[Change], *answers: Sequence[dict[str, Any]]) -> tuple[list[Change], list[str]]:
    """Ask a CloudTrail that gives these answers, one for each name, in order."""
    aws = Aws(region="eu-west-1", credentials=Credentials("a", "b"))
    names = [name for each in changes for name in each.names]
    with Stubber(aws.cloudtrail) as stub:
        for name, answer in zip(names, answers, strict=True):
            wanted = [{"AttributeKey": "ResourceName", "AttributeValue": name}]
            stub.add_response(
                "lookup_events", {"Events": answer}, {"LookupAttributes": wanted, "StartTime": SINCE}
            )
        return named(aws, changes, since=SINCE)


def test_the_last_call_that_wrote_is_told() -> None:
    """It may be recorded under any name of the resource; reading calls do not count."""
    answers = (
        [event("DescribeLoadBalancers", 11, read=True, who="eve"), event("ModifyLoadBalancerAttributes", 9)],
        [event("SetSecurityGroups", 10, who="bob")],
    )
    [seen], notes = asked([change("arn:lb", "lb")], *answers)
    assert seen.by == "SetSecurityGroups by bob, 2026-01-02T10:00:00+00:00"
    assert notes == []


def test_a_write_behind_a_page_of_reads_is_told() -> None:
    """The newest fifty events may all be reads."""
    aws = Aws(region="eu-west-1", credentials=Credentials("a", "b"))
    wanted = {"LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": "lb"}]}
    reads = [event("DescribeLoadBalancers", 11, read=True)] * 50
    writes = [event("SetSecurityGroups", 10, who="bob")]
    with Stubber(aws.cloudtrail) as stub:
        stub.add_response("lookup_events", {"Events": reads, "NextToken": "2"}, wanted)
        stub.add_response("lookup_events", {"Events": writes}, {**wanted, "NextToken": "2"})
        [seen], _ = named(aws, [change("lb")], since=None)
    assert str(seen.by).startswith("SetSecurityGroups by bob")


def test_nobody_known_is_said() -> None:
    """CloudTrail is minutes late, and keeps events for a limited time."""
    [seen], [note] = asked([change("lb")], [])
    assert seen.by is None
    assert note == "CloudTrail names nobody for some changes: it is minutes late, and keeps 90 days."


def test_a_refusal_is_told_and_hides_nothing() -> None:
    """The drift is reported all the same."""
    aws = Aws(region="eu-west-1", credentials=Credentials("a", "b"))
    with Stubber(aws.cloudtrail) as stub:
        stub.add_client_error("lookup_events", "AccessDeniedException", "no", 400)
        [seen], [note] = named(aws, [change("lb")], since=None)
    assert seen.by is None
    assert note.startswith("It is not known who changed it: cloudtrail LookupEvents failed with AccessDenied")


def test_the_sandbox_is_not_asked() -> None:
    """It answers, but has no records."""
    aws = Aws(region="eu-west-1", endpoint_url="http://127.0.0.1:1")
    assert named(aws, [change("lb")], since=SINCE)[1] == [
        "It is not known who changed it: the sandbox keeps no CloudTrail."
    ]


def test_without_a_change_nobody_is_asked() -> None:
    """There is nothing to ask about."""
    assert asked([]) == ([], [])

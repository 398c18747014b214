"""Who changed a resource: the last call in CloudTrail that wrote to it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wrapper.aws.client import Aws, explained
from wrapper.errors import WrapperError
from wrapper.verbs.drift.outside import Change

if TYPE_CHECKING:
    from types_boto3_cloudtrail.type_defs import EventTypeDef

# AWS answers two of these calls a second.
_MOST_CHANGES = 20
_MOST_EVENTS = 200
_PAGE = "It is not known who changed it"


def named(aws: Aws, changes: Sequence[Change], *, since: datetime | None) -> tuple[list[Change], list[str]]:
    """Return the changes with what CloudTrail knows of each since `since`, and remarks on what it lacks."""
    if not changes:
        return [], []
    if aws.endpoint_url:
        return list(changes), [f"{_PAGE}: the sandbox keeps no CloudTrail."]
    try:
        found = [replace(each, by=_last_write(aws, each, since)) for each in changes[:_MOST_CHANGES]]
    except WrapperError as error:
        return list(changes), [f"{_PAGE}: {error.message}"]
    rest = changes[_MOST_CHANGES:]
    notes = [f"CloudTrail was asked only for the first {_MOST_CHANGES} changes."] if rest else []
    if any(each.by is None for each in found):
        notes.append("CloudTrail names nobody for some changes: it is minutes late, and keeps 90 days.")
    return [*found, *rest], notes


def _last_write(aws: Aws, change: Change, since: datetime | None) -> str | None:
    events = [event for name in change.names for event in _events(aws, name, since)]
    writes = [event for event in events if event.get("ReadOnly") != "true" and "EventTime" in event]
    if not writes:
        return None
    last = max(writes, key=lambda event: event["EventTime"])
    who = last.get("Username") or "somebody without a name"
    return f"{last.get('EventName')} by {who}, {last['EventTime'].isoformat(timespec='seconds')}"


def _events(aws: Aws, name: str, since: datetime | None) -> "list[EventTypeDef]":
    with explained():
        asked: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": name}],
            **({} if since is None else {"StartTime": since}),
        }
        # The newest come first, 50 in a page, and most of them only read.
        pages = aws.cloudtrail.get_paginator("lookup_events").paginate(
            **asked, PaginationConfig={"MaxItems": _MOST_EVENTS}
        )
        return [event for page in pages for event in page.get("Events", [])]

"""Log lines of containers from CloudWatch Logs, once or as they arrive."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wrapper.aws.client import Aws, explained
from wrapper.delivery.site import Site
from wrapper.errors import PreconditionError

if TYPE_CHECKING:
    from types_boto3_logs.type_defs import FilteredLogEventTypeDef

POLL_SECONDS = 1.0
# CloudWatch shows a line some seconds after its time stamp: `follow` reads this far back.
_LATE_SECONDS = 15
_TASK = 8


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of one container; `container` is the service's name or the sidecar's, `task` the task's id."""

    at: datetime
    service: str
    container: str
    task: str
    text: str

    def __str__(self) -> str:
        stamp = self.at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        sidecar = "" if self.container == self.service else f"{self.container}/"
        return f"{stamp}Z {self.service}/{sidecar}{self.task[:_TASK]} {self.text}"

    def as_json(self) -> dict[str, Any]:
        at = self.at.isoformat(timespec="milliseconds")
        return {
            "at": at,
            "service": self.service,
            "container": self.container,
            "task": self.task,
            "text": self.text,
        }


def lines(
    site: Site,
    *,
    services: Sequence[str],
    since_seconds: float,
    grep: str | None = None,
    follow: bool = False,
) -> Iterator[Line]:
    """Yield the lines of the last `since_seconds`, oldest first; with `follow` new ones too, without end.

    The time is that of AWS's clock. `grep` is a plain text that a line must contain. Raises PreconditionError
    for a service without a log.
    """
    groups = {name: f"/ecs/{site.command.environment.prefix}/{name}" for name in services}
    start = site.aws.now().timestamp() - since_seconds
    seen: dict[str, float] = {}
    while True:
        batch = [each for name, group in groups.items() for each in _read(site.aws, name, group, start)]
        for event_id, line in sorted(batch, key=lambda pair: pair[1].at):
            if event_id not in seen and (grep is None or grep in line.text):
                yield line
            seen[event_id] = line.at.timestamp()
        if not follow:
            return
        start = max(start, site.aws.now().timestamp() - _LATE_SECONDS)
        seen = {event_id: at for event_id, at in seen.items() if at >= start - 1}
        time.sleep(POLL_SECONDS)


def _read(aws: Aws, service: str, group: str, start: float) -> Iterator[tuple[str, Line]]:
    """Yield event id and line of what was logged since `start`, in seconds of the epoch."""
    with explained():
        try:
            pages = aws.logs.get_paginator("filter_log_events").paginate(
                logGroupName=group, startTime=int(start * 1000)
            )
            for page in pages:
                for event in page["events"]:
                    yield event.get("eventId", ""), _line(service, event)
        except aws.logs.exceptions.ResourceNotFoundException as error:
            raise PreconditionError(
                f"{service} must be deployed to have a log, but log group {group} is missing.",
            ) from error


def _line(service: str, event: "FilteredLogEventTypeDef") -> Line:
    # The awslogs driver names a stream `<prefix>/<container>/<task>`.
    *_, container, task = ("", "", *event.get("logStreamName", "").split("/"))
    return Line(
        at=datetime.fromtimestamp(event.get("timestamp", 0) / 1000, UTC),
        service=service,
        container=container,
        task=task,
        text=event.get("message", "").rstrip("\n"),
    )

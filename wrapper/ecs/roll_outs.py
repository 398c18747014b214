"""The roll-outs of a service that ECS keeps."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from wrapper.aws.client import Aws, explained

_MOST = 20


@dataclass(frozen=True, kw_only=True)
class RollOut:
    """One of a service's deployments in ECS; `status` is such as SUCCESSFUL, times are UTC."""

    service: str
    started: datetime
    finished: datetime | None
    status: str
    reason: str = ""


def roll_outs(aws: Aws, *, cluster: str, service: str) -> Iterator[RollOut]:
    """Yield the newest roll-outs; none of a service that ECS does not have."""
    with explained():
        try:
            found = aws.ecs.list_service_deployments(cluster=cluster, service=service, maxResults=_MOST)
        except (aws.ecs.exceptions.ServiceNotFoundException, aws.ecs.exceptions.ClusterNotFoundException):
            return
    for item in found["serviceDeployments"]:
        if started := item.get("startedAt") or item.get("createdAt"):
            yield RollOut(
                service=service,
                started=started,
                finished=item.get("finishedAt"),
                status=item.get("status", ""),
                reason=item.get("statusReason", ""),
            )

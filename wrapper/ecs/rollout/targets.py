"""A service's targets: wait until the load balancer has checked all, register missing ones again."""

import time
from collections.abc import Callable, Iterable

from wrapper.aws.client import Aws, explained
from wrapper.ecs.rollout.snapshot import ServiceTarget, Task

_POLL_SECONDS = 1.0


def settled(aws: Aws, target_group_arn: str, *, seconds: float, progress: Callable[[str], None]) -> str:
    """Wait at most `seconds` for healthy targets and none that is still checked; return their state."""
    deadline = time.monotonic() + seconds
    while True:
        with explained():
            described = aws.elbv2.describe_target_health(TargetGroupArn=target_group_arn)
        states = [
            each.get("TargetHealth", {}).get("State", "") for each in described["TargetHealthDescriptions"]
        ]
        words = ", ".join(f"{states.count(each)} {each}" for each in sorted(set(states))) or "no target"
        if ("healthy" in states and "initial" not in states) or time.monotonic() >= deadline:
            return words
        progress(words)
        time.sleep(_POLL_SECONDS)


def register(aws: Aws, *, cluster: str, target: ServiceTarget, tasks: Iterable[Task]) -> None:
    """Register tasks in the target group again; ECS itself does it only for a new task."""
    described = aws.ecs.describe_services(cluster=cluster, services=[target.service_name])["services"]
    balancers = (each for service in described for each in service.get("loadBalancers", []))
    ports = [
        each["containerPort"] for each in balancers if each.get("targetGroupArn") == target.target_group_arn
    ]
    aws.elbv2.register_targets(
        TargetGroupArn=target.target_group_arn or "",
        Targets=[{"Id": task.address or "", "Port": port} for task in tasks for port in ports],
    )

"""Execute target tracking: the number of an ECS service's tasks follows its load."""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, ecs

from emulator.ecs import deployments
from emulator.ecs.members import Record, service_named
from emulator.ecs.scheduler import Scheduler
from emulator.gaps.autoscaling import ACTIVITIES, POLICIES, TARGETS
from emulator.metrics import tracking
from emulator.metrics.measured import STORE
from emulator.metrics.query import Window, metric_of, values
from emulator.metrics.store import MINUTE
from emulator.metrics.tracking import Memory, Reading

_KEPT_ACTIVITIES = 100
Data = Mapping[str, Any]


def target_tracking(scheduler: Scheduler, pace: float) -> Callable[[float], None]:
    """Upstream has no policies. Returns a function to be called with the time, after the alarms."""
    memories: dict[str, Memory] = {}
    looked_at: dict[str, int] = {}

    def look(now: float) -> None:
        for (account, region, name), target in list(TARGETS.all_items()):
            # An alarm triggers its action once a period.
            if target["ServiceNamespace"] == "ecs" and looked_at.get(name) != (
                turn := int(now * pace // MINUTE)
            ):
                looked_at[name] = turn
                memory = memories.setdefault(target["ScalableTargetARN"], Memory())
                with request_scope(account, region):
                    _follow(target, name, memory, now, pace)
                    scheduler.wake()

    return look


def _follow(target: Data, name: str, memory: Memory, now: float, pace: float) -> None:
    _, cluster, service_name = target["ResourceId"].split("/")
    service = service_named(cluster, service_name)
    policies = [policy for key, policy in POLICIES.items() if key.startswith(f"{name}|") and policy["Alarms"]]
    if service is None or service["status"] != "ACTIVE" or not policies:
        return
    before = int(service["desiredCount"])
    count = tracking.wanted(
        [_reading(policy, now, pace) for policy in policies],
        tasks=before,
        least=target["MinCapacity"],
        most=target["MaxCapacity"],
        memory=memory,
        now=now,
        pace=pace,
        may_scale_out=not target["SuspendedState"]["DynamicScalingOutSuspended"],
        may_scale_in=not target["SuspendedState"]["DynamicScalingInSuspended"] and not _rolls_out(service),
    )
    if count != before:
        ecs._update_service({"cluster": cluster, "service": service_name, "desiredCount": count})
        _note(target, before, count)


def _rolls_out(service: Record) -> bool:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html"""
    return bool(deployments.primary_of(service)["rolloutState"] == "IN_PROGRESS")


def _reading(policy: Data, now: float, pace: float) -> Reading:
    alarms = [cloudwatch._alarms.get(alarm["AlarmName"]) or {} for alarm in policy["Alarms"]]
    rings = [alarm.get("StateValue") == "ALARM" for alarm in alarms]
    seconds = MINUTE / pace
    end = now // seconds * seconds
    window = Window(start=end - seconds, end=end, seconds=seconds, pace=pace)
    [value] = values(STORE, metric_of(alarms[0]), alarms[0]["Statistic"], window) if alarms[0] else [None]
    return Reading(
        policy=tracking.policy_of(policy["TargetTrackingScalingPolicyConfiguration"]),
        value=value,
        is_high=rings[0],
        is_low=len(rings) > 1 and rings[1],
    )


def _note(target: Data, before: int, after: int) -> None:
    """Add an activity for DescribeScalingActivities."""
    activity = {
        "ActivityId": str(uuid.uuid4()),
        **{key: target[key] for key in ("ServiceNamespace", "ResourceId", "ScalableDimension")},
        "Description": f"Setting desired count to {after}.",
        "Cause": f"monitor alarm changed the desired count from {before} to {after}",
        "StartTime": time.time(),
        "EndTime": time.time(),
        "StatusCode": "Successful",
        "StatusMessage": f"Successfully set desired count to {after}. Change successfully fulfilled by ecs.",
    }
    ACTIVITIES["all"] = [activity, *ACTIVITIES.get("all", [])][:_KEPT_ACTIVITIES]

"""Target tracking: the number of tasks that keeps a metric at its target, and when to change it.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The periods of the alarms that Application Auto Scaling creates.
HIGH_PERIODS, LOW_PERIODS = 3, 15
_LOW_SHARE = 0.9
_DEFAULT_COOLDOWN_SECONDS = 300
_ECS = ("ClusterName", "ServiceName")
_PREDEFINED = {
    "ECSServiceAverageCPUUtilization": ("AWS/ECS", "CPUUtilization", "Average"),
    "ECSServiceAverageMemoryUtilization": ("AWS/ECS", "MemoryUtilization", "Average"),
    "ALBRequestCountPerTarget": ("AWS/ApplicationELB", "RequestCountPerTarget", "Sum"),
}


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A policy; `target` is in the metric's unit, cooldowns are in AWS's seconds."""

    target: float
    out_cooldown: float
    in_cooldown: float
    may_scale_in: bool = True


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The state of a policy's alarms: the newest value, and which alarm is on."""

    policy: Policy
    value: float | None
    is_high: bool
    is_low: bool


@dataclass
class Memory:
    """The last changes: the ends of their cooldowns, in seconds since 1970, and the numbers of tasks."""

    out_until: float = 0.0
    in_until: float = 0.0
    out_from: int = 0
    out_to: int = 0


def policy_of(configuration: Mapping[str, Any]) -> Policy:
    """Read the configuration of a target tracking policy."""
    return Policy(
        target=float(configuration["TargetValue"]),
        out_cooldown=float(configuration.get("ScaleOutCooldown", _DEFAULT_COOLDOWN_SECONDS)),
        in_cooldown=float(configuration.get("ScaleInCooldown", _DEFAULT_COOLDOWN_SECONDS)),
        may_scale_in=not configuration.get("DisableScaleIn", False),
    )


def alarms_of(name: str, configuration: Mapping[str, Any], resource_id: str) -> dict[str, dict[str, Any]]:
    """Return the two alarms, high and low, that an ECS service's policy creates; none for other metrics."""
    predefined = configuration.get("PredefinedMetricSpecification") or {}
    kind = predefined.get("PredefinedMetricType", "")
    if kind not in _PREDEFINED:
        return {}
    namespace, metric, statistic = _PREDEFINED[kind]
    _, cluster, service = resource_id.split("/")
    dimensions = dict(zip(_ECS, (cluster, service), strict=True))
    if namespace != "AWS/ECS":
        balancer, _, group = predefined.get("ResourceLabel", "").partition("/targetgroup/")
        dimensions = {"LoadBalancer": balancer, "TargetGroup": f"targetgroup/{group}"}
    target = float(configuration["TargetValue"])
    common = {
        "Namespace": namespace,
        "MetricName": metric,
        "Statistic": statistic,
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Period": 60,
        "TreatMissingData": "missing",
        "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {name}.",
    }
    high = {
        "EvaluationPeriods": HIGH_PERIODS, "Threshold": target, "ComparisonOperator": "GreaterThanThreshold"
    }  # fmt: skip
    low = {
        "EvaluationPeriods": LOW_PERIODS,
        "Threshold": target * _LOW_SHARE,
        "ComparisonOperator": "LessThanThreshold",
    }
    made = {"High": common | high}
    return made | {"Low": common | low} if policy_of(configuration).may_scale_in else made


def wanted(
    readings: Sequence[Reading],
    *,
    tasks: int,
    least: int,
    most: int,
    memory: Memory,
    now: float,
    pace: float = 1.0,
    may_scale_out: bool = True,
    may_scale_in: bool = True,
) -> int:
    """Return the new number of tasks, and remember the cooldown of a change in `memory`.

    It scales out if any policy requires it, in only if all do; the largest number wins. During the cooldown
    of scaling out, only a larger number than the last one changes it. Cooldowns pass `pace` times as fast as
    on AWS.
    """
    high = [each for each in readings if each.is_high and each.value is not None]
    if high:
        is_cooling = now < memory.out_until and tasks == memory.out_to
        base = memory.out_from if is_cooling else tasks
        count = min(max(_needed(each, base) for each in high), most)
        if count <= tasks or not may_scale_out:
            return tasks
        memory.out_until = now + max(each.policy.out_cooldown for each in high) / pace
        # Scaling out ends the cooldown of scaling in.
        memory.out_from, memory.out_to, memory.in_until = base, count, 0.0
        return count
    readings = [each for each in readings if each.policy.may_scale_in]
    if (
        not may_scale_in
        or not readings
        or not all(each.is_low and each.value is not None for each in readings)
    ):
        return tasks
    count = max(*(_needed(each, tasks) for each in readings), least)
    if count >= tasks or now < memory.in_until:
        return tasks
    memory.in_until = now + max(each.policy.in_cooldown for each in readings) / pace
    return count


def _needed(reading: Reading, tasks: int) -> int:
    """Return how many tasks bring the metric to its target, if they share the load evenly."""
    value = reading.value or 0.0
    return math.ceil(round(tasks * value / reading.policy.target, 6))

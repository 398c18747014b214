"""Target tracking: how many tasks keep a metric at its target, and when to change their number.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What Application Auto Scaling makes its alarms of.
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
    """A policy's rules: `target` is in the metric's unit, cooldowns in AWS's seconds."""

    target: float
    out_cooldown: float
    in_cooldown: float
    may_scale_in: bool = True


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a policy's alarms say now: the newest value, and which of them has gone off."""

    policy: Policy
    value: float | None
    is_high: bool
    is_low: bool


@dataclass
class Memory:
    """The last change: until when it holds others back (seconds since 1970), from and to how many."""

    out_until: float = 0.0
    in_until: float = 0.0
    out_from: int = 0
    out_to: int = 0


def policy_of(configuration: Mapping[str, Any]) -> Policy:
    return Policy(
        target=float(configuration["TargetValue"]),
        out_cooldown=float(configuration.get("ScaleOutCooldown", _DEFAULT_COOLDOWN_SECONDS)),
        in_cooldown=float(configuration.get("ScaleInCooldown", _DEFAULT_COOLDOWN_SECONDS)),
        may_scale_in=not configuration.get("DisableScaleIn", False),
    )


def alarms_of(name: str, configuration: Mapping[str, Any], resource_id: str) -> dict[str, dict[str, Any]]:
    """Return the two alarms, high and low, that a policy of an ECS service makes; none for another metric."""
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
    """Return how many tasks there should be, and remember the cooldown that a change begins.

    Out if any policy says so, in only if all say so; the largest number wins. While the cooldown of scaling
    out lasts, what it added counts as added: only more than that is added to it. `pace` is how many times
    faster than AWS's the cooldowns pass.
    """
    high = [each for each in readings if each.is_high and each.value is not None]
    if high:
        is_cooling = now < memory.out_until and tasks == memory.out_to
        base = memory.out_from if is_cooling else tasks
        count = min(max(_needed(each, base) for each in high), most)
        if count <= tasks or not may_scale_out:
            return tasks
        memory.out_until = now + max(each.policy.out_cooldown for each in high) / pace
        # Scaling out ends the wait for scaling in.
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
    """Return how many tasks bring the metric to its target, if it is shared by them."""
    value = reading.value or 0.0
    return math.ceil(round(tasks * value / reading.policy.target, 6))

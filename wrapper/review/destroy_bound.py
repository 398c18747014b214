"""How long a destroy takes at most when nothing fails, from what there is. See docs/plan-review.md.

    bound = stop + remove + Terraform's own work + count and sweep

`stop` is the slowest service's drain and stop timeout; `remove` is the way through the dependencies:
Terraform deletes what does not depend on each other at once, so each stage takes as long as its slowest kind.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from wrapper.environment import Environment
from wrapper.terraform.plan import Plan, ResourceChange

# Assumed bounds of AWS's own work; AWS promises no time. Terraform gives up much later, after 10 to 30 min.
# https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/nat_gateway#timeouts
_AWS_STAGES: tuple[tuple[str, Mapping[str, int]], ...] = (
    ("services", {"aws_ecs_service": 60, "aws_appautoscaling_target": 10}),
    (
        "load balancer and gateways",
        {"aws_lb": 120, "aws_nat_gateway": 180, "aws_vpc_endpoint": 240, "aws_wafv2_web_acl_association": 60},
    ),
    # Subnets, groups and the gateway wait until AWS has deleted the network interfaces.
    ("network", {"aws_subnet": 120, "aws_internet_gateway": 120, "aws_security_group": 120}),
    ("the rest", {"aws_vpc": 10, "aws_ecs_cluster": 30, "aws_s3_bucket": 30, "aws_kms_key": 10}),
)
_SANDBOX_STAGE = 5
# Per stack: start Terraform, refresh its state, plan. Once: lift protections, empty buckets, sweep, count.
_STACK_SECONDS = {"aws": 60, "sandbox": 30}
_SWEEP_SECONDS = {"aws": 60, "sandbox": 15}
# How much longer `destroy` waits for tasks than their own time.
MARGIN_SECONDS = 30


class Stage(NamedTuple):
    what: str
    seconds: int


@dataclass(frozen=True, kw_only=True)
class DestroyBound:
    """The longest time that a destroy should take; the stages follow each other."""

    stages: tuple[Stage, ...]

    @property
    def seconds(self) -> int:
        return sum(stage.seconds for stage in self.stages)

    @property
    def formula(self) -> str:
        return " + ".join(f"{stage.what} {stage.seconds} s" for stage in self.stages)


def bound_of_plans(plans: Iterable[Plan], environment: Environment) -> DestroyBound | None:
    """Bound a destroy of what exists after the plans; None if they show nothing."""
    standing = [[each for each in plan.everything if each.after is not None] for plan in plans]
    stacks = sum(bool(found) for found in standing)
    types = {each.type for found in standing for each in found if not _is_quick(each)}
    return _bound(types, environment, stacks=stacks) if types else None


def bound_of_types(types: Iterable[str], environment: Environment, *, stacks: int) -> DestroyBound:
    """Bound a destroy of what exists, by Terraform's types; other types take no time."""
    there = set(types)
    if environment.network.egress != "endpoints":
        there.discard("aws_vpc_endpoint")  # a gateway endpoint, which is a line in route tables
    return _bound(there, environment, stacks=stacks)


def _is_quick(resource: ResourceChange) -> bool:
    """Leave out what is not destroyed, or in a moment: data sources, gateway endpoints."""
    values = resource.after or {}
    is_gateway = resource.type == "aws_vpc_endpoint" and values.get("vpc_endpoint_type") != "Interface"
    return resource.is_data or is_gateway


def _bound(types: set[str], environment: Environment, *, stacks: int) -> DestroyBound:
    target = environment.target
    stages = [Stage("stop", _stop_seconds(environment))] if "aws_ecs_service" in types else []
    for what, seconds in _AWS_STAGES:
        if present := [seconds[each] for each in types & seconds.keys()]:
            stages.append(Stage(what, max(present) if target == "aws" else _SANDBOX_STAGE))
    stages.append(Stage("Terraform", stacks * _STACK_SECONDS[target]))
    stages.append(Stage("sweep and count", _SWEEP_SECONDS[target]))
    return DestroyBound(stages=tuple(stages))


def _stop_seconds(environment: Environment) -> int:
    rollouts = [service.rollout for service in environment.services.values()]
    slowest = max((each.drain_seconds + each.stop_timeout_seconds for each in rollouts), default=0)
    return slowest + MARGIN_SECONDS

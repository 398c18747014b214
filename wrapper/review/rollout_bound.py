"""How long a roll-out takes at most when nothing fails, computed from the plan. See docs/plan-review.md.

    bound = starts × (start + grace + interval × threshold) + stops × (drain + stop timeout) + bake

`starts` and `stops` count batches: ECS keeps between minimum and maximum percent of the desired count
running, and a task that drains still counts. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.review.bake import bake_seconds
from wrapper.review.batches import rolling_batches
from wrapper.review.side import Side
from wrapper.review.values import blocks, number
from wrapper.terraform.plan import Action, Mask, Plan, ResourceChange

# Assumed bounds from "run this task" to a running container, by the megabytes to pull: a Fargate task gets a
# network interface and pulls its images each time; AWS promises no time. Then it may take its grace.
_PULL_SECONDS = ((500, 60), (1_000, 90), (2_000, 150), (5_000, 300))
_LONGEST_PULL = 600
# If the size is not known, and in the sandbox, where a process starts and nothing is pulled.
START_SECONDS = {"aws": 90, "sandbox": 15}
_MB = 1_000_000
# Without a target group or stopTimeout: ECS's own defaults.
_STOP_SECONDS = 30
_DRAIN_SECONDS = 300
# Changes for which ECS replaces the tasks; others do not affect them.
# https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
_ROLLS = (
    "capacity_provider_strategy",
    "force_new_deployment",
    "launch_type",
    "load_balancer",
    "network_configuration",
    "platform_version",
    "service_registries",
    "task_definition",
    "volume_configuration",
)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """The seconds of one batch: until its tasks are healthy, until old ones are gone."""

    start: int
    grace: int
    health: int
    drain: int
    stop: int


@dataclass(frozen=True, kw_only=True)
class RolloutBound:
    """The longest time that a service's roll-out should take; `starts` and `stops` are batches of tasks."""

    address: str
    service: str
    starts: int
    stops: int
    pace: Pace
    bake: int = 0

    @property
    def only_stops(self) -> bool:
        """Return whether tasks only stop: then there is no roll-out to wait for."""
        return not self.starts

    @property
    def seconds(self) -> int:
        pace = self.pace
        comes = self.starts * (pace.start + pace.grace + pace.health)
        return comes + self.stops * (pace.drain + pace.stop) + self.bake

    @property
    def formula(self) -> str:
        pace = self.pace
        parts = []
        if self.starts:
            grace = f" + grace {pace.grace} s" if pace.grace else ""
            parts.append(f"{self.starts} × (start {pace.start} s{grace} + health {pace.health} s)")
        if self.stops:
            parts.append(f"{self.stops} × (drain {pace.drain} s + stop {pace.stop} s)")
        if self.bake:
            parts.append(f"bake {self.bake} s")
        return " + ".join(parts)


def rollout_bounds(
    plans: Iterable[Plan], *, target: str, image_bytes: Mapping[str, int] | None = None
) -> tuple[RolloutBound, ...]:
    """Bound the roll-out of every service whose tasks start or stop; `target` is aws or sandbox.

    `image_bytes` are the sizes to pull, compressed, of those images whose size is known.
    """
    return tuple(bound for plan in plans for bound in _bounds(plan, target, image_bytes or {}))


def pulled_images(plans: Iterable[Plan]) -> set[str]:
    """Return the images of every task definition after the plan."""
    tasks = [
        each.after for plan in plans for each in plan.everything if each.type == "aws_ecs_task_definition"
    ]
    images = {container.get("image") for task in tasks for container in blocks(task, "container_definitions")}
    return {image for image in images if isinstance(image, str) and not isinstance(image, Mask)}


def _bounds(plan: Plan, target: str, image_bytes: Mapping[str, int]) -> Iterator[RolloutBound]:
    sides = {"before": Side.of(plan.everything, "before"), "after": Side.of(plan.everything, "after")}
    for service in plan.resources:
        if service.type == "aws_ecs_service":
            starts, stops = _batches(service)
            values = service.after or service.before or {}
            side = sides["after" if service.after is not None else "before"]
            if starts or stops:
                yield RolloutBound(
                    address=service.address,
                    service=str(values.get("name") or service.address),
                    starts=starts,
                    stops=stops,
                    pace=_pace(side, service.module, values, target, image_bytes),
                    bake=bake_seconds(side, values) if target == "aws" and _deploys(service) else 0,
                )


def _batches(service: ResourceChange) -> tuple[int, int]:
    old = int(number(service.before, "desired_count") or 0)
    new = int(number(service.after, "desired_count") or 0)
    match service.action:
        case Action.UPDATE if _rolls(service):
            return rolling_batches(old, new, *_percents(service.after or {}))
        case Action.CREATE | Action.DELETE | Action.REPLACE:
            return min(new, 1), min(old, 1)
        case Action.UPDATE:
            return int(new > old), int(new < old)
    return 0, 0


def _deploys(service: ResourceChange) -> bool:
    """Return whether ECS starts a deployment; a change of the number of tasks is none."""
    return service.action in (Action.CREATE, Action.REPLACE) or (
        service.action is Action.UPDATE and _rolls(service)
    )


def _rolls(service: ResourceChange) -> bool:
    return any(attribute.path.split("[")[0].split(".")[0] in _ROLLS for attribute in service.attributes)


def _percents(values: Mapping[str, Any]) -> tuple[float, float]:
    minimum = number(values, "deployment_minimum_healthy_percent")
    maximum = number(values, "deployment_maximum_percent")
    return 100 if minimum is None else minimum, 200 if maximum is None else maximum


def _pace(
    side: Side, module: str, service: Mapping[str, Any], target: str, image_bytes: Mapping[str, int]
) -> Pace:
    group = side.only(module, "aws_lb_target_group")
    task = side.only(module, "aws_ecs_task_definition")
    grace = int(number(service, "health_check_grace_period_seconds") or 0)
    check = (blocks(group, "health_check") or [{}])[0]
    drain = number(group, "deregistration_delay")
    return Pace(
        start=START_SECONDS[target] if target == "sandbox" else _start_seconds(task, image_bytes),
        # In the sandbox a process answers within its start.
        grace=grace if group and target == "aws" else 0,
        # AWS's defaults: 30 s and 5 times. https://docs.aws.amazon.com/elasticloadbalancing/latest/application
        health=int((number(check, "interval") or 30) * (number(check, "healthy_threshold") or 5))
        if group
        else 0,
        drain=int(_DRAIN_SECONDS if drain is None else drain) if group else 0,
        stop=_stop_seconds(task),
    )


def _start_seconds(task: Mapping[str, Any] | None, image_bytes: Mapping[str, int]) -> int:
    """Bound the start by all that its containers pull; by the usual bound if one of them is not known."""
    images = [str(container.get("image")) for container in blocks(task, "container_definitions")]
    if not images or not all(image in image_bytes for image in images):
        return START_SECONDS["aws"]
    size = sum(image_bytes[image] for image in set(images)) / _MB
    return next((seconds for most, seconds in _PULL_SECONDS if size <= most), _LONGEST_PULL)


def _stop_seconds(task: Mapping[str, Any] | None) -> int:
    timeouts = [number(container, "stopTimeout") for container in blocks(task, "container_definitions")]
    return int(max((each for each in timeouts if each is not None), default=_STOP_SECONDS))

"""What belongs to a service, a job or a load balancer: the resources of its module."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wrapper.review.picture.kinds import LOAD_BALANCERS, SERVICES
from wrapper.review.side import home
from wrapper.terraform.plan import ResourceChange

_OF_SERVICE = frozenset(
    {
        "aws_appautoscaling_policy",
        "aws_appautoscaling_scheduled_action",
        "aws_appautoscaling_target",
        "aws_ecs_task_definition",
        "aws_lb_listener_rule",
        "aws_lb_target_group",
    }
)
_OF_BALANCER = frozenset({"aws_alb_listener", "aws_lb_listener"})
_OF_JOB = frozenset({"aws_cloudwatch_event_target", "aws_ecs_task_definition"})
_PARTS = {
    **dict.fromkeys(SERVICES, _OF_SERVICE),
    **dict.fromkeys(LOAD_BALANCERS, _OF_BALANCER),
    **dict.fromkeys(("aws_cloudwatch_event_rule", "aws_scheduler_schedule"), _OF_JOB),
}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Resources by module, and how many of each type there are in a module and in all."""

    modules: Mapping[str, tuple[ResourceChange, ...]]
    owners: Mapping[tuple[str, str], int]

    @classmethod
    def of(cls, resources: Iterable[ResourceChange]) -> "Parts":
        seen = tuple(resources)
        modules: dict[str, list[ResourceChange]] = {}
        for resource in seen:
            if resource.type in _OF_SERVICE | _OF_BALANCER | _OF_JOB:
                modules.setdefault(home(resource), []).append(resource)
        owners = Counter((each.module, each.type) for each in seen if each.type in _PARTS)
        return cls(modules={name: tuple(found) for name, found in modules.items()}, owners=owners)

    def belonging_to(self, resource: ResourceChange) -> tuple[ResourceChange, ...]:
        """Return the parts in its module; none if they could belong to another one as well."""
        types = _PARTS.get(resource.type, frozenset())
        if not types or self.owners[resource.module, resource.type] > 1:
            return ()
        return tuple(each for each in self.modules.get(resource.module, ()) if each.type in types)

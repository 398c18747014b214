"""What changed outside Terraform: from a refresh-only plan, and from what AWS says of additions by hand."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from wrapper.environment import Limits, Scaling
from wrapper.terraform.additions import Addition
from wrapper.terraform.plan import Action, AttributeChange, ResourceChange, read_plan

# Who gets requests is read before every plan: a roll-out step by step changes nothing else. A variant's share
# is compared in `running`, and that callers stay with it begins when it is let in.
_WEIGHT = re.compile(r"action\[\d+\]\.forward\[\d+\]\.target_group\[\d+\]\.weight")
_STICKY = re.compile(r"action\[\d+\]\.forward\[\d+\]\.stickiness(\[\d+\](\.\w+)?)?")


@dataclass(frozen=True, kw_only=True)
class Change:
    """A resource that differs from Terraform's state.

    `action` is update, or delete if it is gone. `names` are its names in AWS. `by` says who made which call,
    None if nobody knows.
    """

    stack: str
    address: str
    type: str
    action: Action
    attributes: tuple[AttributeChange, ...]
    names: tuple[str, ...] = ()
    by: str | None = None

    def lines(self) -> Iterator[str]:
        gone = " is gone" if self.action is Action.DELETE else ""
        yield f"{self.address}{gone}" + (f"  ({self.by})" if self.by else "")
        if not gone:
            yield from (f"    {attribute}" for attribute in self.attributes)

    def as_json(self) -> dict[str, Any]:
        return {
            "stack": self.stack,
            "address": self.address,
            "type": self.type,
            "action": self.action,
            "attributes": [
                {"path": each.path, "before": each.before, "after": each.after} for each in self.attributes
            ],
            "by": self.by,
        }


def changes(
    document: Mapping[str, Any],
    *,
    stack: str,
    scaling: Mapping[str, Scaling],
    paused: Collection[str] = (),
    sticky: Collection[int] = (),
) -> Iterator[Change]:
    """Read `show -json` of a refresh-only plan; secrets are masked.

    How many tasks a service has is left to autoscaling, `scale`, the clock and `pause`: `scaling` has it by
    service, `paused` the services at zero. `sticky` is for how many seconds callers may stay with a variant.
    """
    limits = {name: {each.limits, *each.timed_limits} for name, each in scaling.items()}
    for name in paused:
        limits.setdefault(name, set()).add(Limits(0, 0))
    for resource in read_plan(document, stack=stack).drift:
        attributes = tuple(
            each for each in resource.attributes if not _is_scaled(resource, each, limits, sticky)
        )
        if attributes or not resource.attributes:
            yield Change(
                stack=stack,
                address=resource.address,
                type=resource.type,
                action=resource.action,
                attributes=attributes,
                names=_names(resource),
            )


def added(addition: Addition) -> Change:
    """Report what no state declares as a change of the resource to which it belongs."""
    attribute = AttributeChange(path=addition.attribute, before=None, after=addition.content)
    return Change(
        stack=addition.stack,
        address=addition.address,
        type=addition.type,
        action=Action.UPDATE,
        attributes=(attribute,),
        names=addition.names,
    )


def gone_service(name: str, address: str, *, stack: str) -> Change:
    """Report an ECS service that somebody has deleted, as Terraform would."""
    return Change(
        stack=stack,
        address=address,
        type="aws_ecs_service",
        action=Action.DELETE,
        attributes=(),
        names=(name,),
    )


def _is_scaled(
    resource: ResourceChange,
    attribute: AttributeChange,
    limits: Mapping[str, set[Limits]],
    sticky: Collection[int],
) -> bool:
    """Say whether this is what autoscaling, `scale`, the clock, `pause`, a canary or a variant may do."""
    after = resource.after or {}
    match resource.type, attribute.path:
        case "aws_ecs_service", "desired_count":
            count = attribute.after
            allowed = limits.get(_service(after.get("name")), set())
            return isinstance(count, int) and any(low <= count <= high for low, high in allowed)
        case "aws_appautoscaling_target", "min_capacity" | "max_capacity":
            name = _service(str(after.get("resource_id")).rpartition("/")[2])
            return (after.get("min_capacity"), after.get("max_capacity")) in limits.get(name, set())
        case "aws_lb_listener_rule", path:
            if _STICKY.fullmatch(path):
                return attribute.before is None and attribute.after in (True, *sticky)
            return _WEIGHT.fullmatch(path) is not None
    return False


def _service(name: object) -> str:
    """Return the service's name without the slot in its ECS name."""
    return str(name).removesuffix("-green")


def _names(resource: ResourceChange) -> tuple[str, ...]:
    values = resource.before or resource.after or {}
    found = (values.get(key) for key in ("arn", "id", "name"))
    return tuple(dict.fromkeys(each for each in found if isinstance(each, str) and each))

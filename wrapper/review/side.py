"""The resources of a plan with their values before it, or after it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from wrapper.review.values import items
from wrapper.terraform.plan import Mask, ResourceChange

Values = Mapping[str, Any]
# A service's target group and its listeners' rules are outside its module. The key of a target group is the
# service's name; the key of a rule from before November 2026 begins with it; newer rules have it as a tag.
_GROUP = re.compile(r'module\.target_group\["([a-z0-9-]+)"\]')
_OLD_RULE = re.compile(r'module\.routes\.aws_lb_listener_rule\.route\["([a-z0-9-]+) ')
# A load balancer is in at least two zones.
_FEWEST_ZONES = 2


@dataclass(frozen=True, kw_only=True)
class Side:
    """Finds what belongs to a resource, such as a service's task definition: the resources of its module."""

    resources: tuple[tuple[ResourceChange, Values], ...]
    by_place: Mapping[tuple[str, str], tuple[Values, ...]]

    @classmethod
    def of(cls, resources: Iterable[ResourceChange], side: Literal["before", "after"]) -> "Side":
        present = tuple((each, values) for each in resources if (values := getattr(each, side)) is not None)
        places: dict[tuple[str, str], list[Values]] = {}
        for resource, values in present:
            places.setdefault((home(resource), resource.type), []).append(values)
        return cls(resources=present, by_place={place: tuple(found) for place, found in places.items()})

    def only(self, module: str, kind: str) -> Values | None:
        """Return the one resource of a type in a module; None if there are none or several."""
        found = self.by_place.get((module, kind), ())
        return found[0] if len(found) == 1 else None

    @property
    def zones(self) -> int:
        """Count the zones that the subnets are in."""
        zones = {
            values.get("availability_zone")
            for (_, kind), found in self.by_place.items()
            if kind == "aws_subnet"
            for values in found
        }
        return max(len(zones - {None, Mask.UNKNOWN}), _FEWEST_ZONES)

    def count(self, value: Any) -> int:
        """Count a list's items; an unknown list counts as the number of zones."""
        return len(items(value)) or self.zones


def home(resource: ResourceChange) -> str:
    """Return the module to which a resource belongs: its own, or that of the service it serves."""
    found = _GROUP.match(resource.address) or _OLD_RULE.match(resource.address)
    service = found[1] if found else None
    if resource.type == "aws_lb_listener_rule" and resource.module == "module.routes":
        tags = (resource.after or resource.before or {}).get("tags")
        service = tags.get("service", service) if isinstance(tags, dict) else service
    return f'module.ecs_service["{service}"]' if service else resource.module

"""From the plans to the picture. Plans of others are drawn as far as their types are known; nothing fails."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wrapper.review.picture.boxes import boxes
from wrapper.review.picture.kinds import ENTRANCES, GROUPS, KINDS, LOAD_BALANCERS
from wrapper.review.picture.network import Network, networks
from wrapper.review.picture.node import Heap, Node
from wrapper.review.picture.parts import Parts
from wrapper.terraform.plan import Plan, ResourceChange


@dataclass(frozen=True, kw_only=True)
class Picture:
    """`groups` stand beside the networks by heading; `others` counts the types that are not drawn."""

    networks: tuple[Network, ...]
    groups: Mapping[str, tuple[Node | Heap, ...]]
    others: Mapping[str, int]

    @property
    def empty(self) -> bool:
        return not self.networks and not self.groups


def draw(plans: Iterable[Plan]) -> Picture:
    """Draw what stands before and after the plans."""
    seen = [each for plan in plans for each in plan.everything if not each.is_data]
    parts = Parts.of(seen)
    inside, placed = networks(seen, parts)
    beside = _beside(seen, placed)
    known = placed | {each.address for found in beside.values() for each in found}
    return Picture(
        networks=inside,
        groups={group: boxes(beside[group], parts) for group in GROUPS if group in beside},
        others=dict(Counter(each.type for each in seen if each.address not in known).most_common()),
    )


def _beside(seen: Iterable[ResourceChange], placed: set[str]) -> dict[str, list[ResourceChange]]:
    """Sort what no network holds under its heading."""
    found: dict[str, list[ResourceChange]] = {}
    for resource in seen:
        if resource.address not in placed:
            if resource.type in LOAD_BALANCERS:
                found.setdefault(ENTRANCES, []).append(resource)
            elif resource.type in KINDS:
                found.setdefault(KINDS[resource.type].group, []).append(resource)
    return found

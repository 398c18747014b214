"""From the plans to the picture. Other projects' plans are drawn as far as their types are known."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from wrapper.review.picture.boxes import boxes
from wrapper.review.picture.kinds import ENTRANCES, GROUPS, KINDS, LOAD_BALANCERS, WATCH
from wrapper.review.picture.network import Network, networks
from wrapper.review.picture.node import Heap, Node, State, states_of
from wrapper.review.picture.parts import Parts
from wrapper.terraform.plan import Plan, ResourceChange

# Fewer unchanged boxes than this are drawn one by one.
_FEW = 2


@dataclass(frozen=True, kw_only=True)
class Picture:
    """`groups` are beside the networks, by heading; `others` counts the types that are not drawn."""

    networks: tuple[Network, ...]
    groups: Mapping[str, tuple[Node | Heap, ...]]
    others: Mapping[str, int]

    @property
    def states(self) -> tuple[State, ...]:
        """Return the states that occur, for a legend."""
        there = {state for each in self._boxes() for state in states_of(each)}
        return tuple(state for state in State if state in there)

    def _boxes(self) -> Iterator[Node | Heap]:
        for network in self.networks:
            yield from (network.node,) if network.node else ()
            yield from network.gateways
            for tier in network.tiers:
                yield from (*tier.load_balancers, *tier.services, *chain.from_iterable(tier.cells.values()))
        yield from chain.from_iterable(self.groups.values())

    @property
    def empty(self) -> bool:
        return not self.networks and not self.groups


def draw(plans: Iterable[Plan]) -> Picture:
    """Draw what exists before and after the plans."""
    seen = [each for plan in plans for each in plan.everything if not each.is_data]
    parts = Parts.of(seen)
    inside, placed = networks(seen, parts)
    beside = _beside(seen, placed)
    known = placed | {each.address for found in beside.values() for each in found}
    return Picture(
        networks=inside,
        groups={group: _folded(group, boxes(beside[group], parts)) for group in GROUPS if group in beside},
        others=dict(Counter(each.type for each in seen if each.address not in known).most_common()),
    )


def _folded(group: str, drawn: tuple[Node | Heap, ...]) -> tuple[Node | Heap, ...]:
    """Count unchanged logs and alarms in one box: they would hide the others."""
    quiet = [each for each in drawn if group == WATCH and states_of(each).keys() == {State.UNCHANGED}]
    if len(quiet) < _FEW:
        return drawn
    count = sum(states_of(each)[State.UNCHANGED] for each in quiet)
    heap = Heap(kind=quiet[0].kind, title=WATCH, type="", states={State.UNCHANGED: count})
    return (*(each for each in drawn if each not in quiet), heap)


def _beside(seen: Iterable[ResourceChange], placed: set[str]) -> dict[str, list[ResourceChange]]:
    """Sort what is in no network under its heading."""
    found: dict[str, list[ResourceChange]] = {}
    for resource in seen:
        if resource.address not in placed:
            if resource.type in LOAD_BALANCERS:
                found.setdefault(ENTRANCES, []).append(resource)
            elif resource.type in KINDS:
                found.setdefault(KINDS[resource.type].group, []).append(resource)
    return found

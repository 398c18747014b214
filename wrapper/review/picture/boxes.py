"""Resources as boxes: one each, or one for many of a type."""

from collections import Counter
from collections.abc import Iterable, Sequence

from wrapper.review.picture.facts import changed_facts, facts
from wrapper.review.picture.kinds import GATEWAYS, KINDS, LOAD_BALANCERS, SERVICES, title
from wrapper.review.picture.node import Heap, Node, State, label, state_of
from wrapper.review.picture.parts import Parts
from wrapper.terraform.plan import ResourceChange

# More than this of one type in one place are counted.
_FEW = 12


def box(resource: ResourceChange, parts: Parts) -> Node:
    belonging = parts.belonging_to(resource)
    return Node(
        kind=_icon(resource.type),
        title=title(resource.type),
        label=label(resource),
        state=state_of(resource, belonging),
        address=resource.address,
        facts=facts(resource, belonging),
        changes=changed_facts(resource, belonging),
        search=resource.module if belonging and resource.module else resource.address,
    )


def boxes(resources: Sequence[ResourceChange], parts: Parts) -> tuple[Node | Heap, ...]:
    """Draw each resource, or count those of a type that are many; services are always drawn."""
    counts = Counter(each.type for each in resources)
    many = [kind for kind, count in counts.items() if count > _FEW and kind not in SERVICES]
    single = [box(each, parts) for each in resources if each.type not in many]
    return (*single, *(_heap(kind, [each for each in resources if each.type == kind]) for kind in many))


def _heap(kind: str, resources: Iterable[ResourceChange]) -> Heap:
    counts = Counter(state_of(each) for each in resources)
    states = {state: counts[state] for state in State if counts[state]}
    return Heap(kind=_icon(kind), title=title(kind), type=kind, states=states)


def _icon(kind: str) -> str:
    if kind in LOAD_BALANCERS:
        return "balance"
    if kind in GATEWAYS:
        return "gateway"
    return KINDS[kind].icon if kind in KINDS else "network"

"""A network as a grid: its zones are columns, its subnets rows, and what is in them spans the zones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wrapper.review.picture.boxes import box, boxes
from wrapper.review.picture.kinds import GATEWAYS, LOAD_BALANCERS, SERVICES
from wrapper.review.picture.node import Heap, Node, worst_first
from wrapper.review.picture.parts import Parts
from wrapper.review.picture.subnets import Subnets, Tiers
from wrapper.terraform.plan import ResourceChange


@dataclass(frozen=True, kw_only=True)
class Tier:
    """Subnets of one kind and what is in one zone of them, by zone; and what is in all of them."""

    label: str
    cells: Mapping[str, tuple[Node, ...]]
    load_balancers: tuple[Node, ...] = ()
    services: tuple[Node, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Network:
    """A VPC, `node` is None for one that is not in the plans; `zones` are the columns of every tier."""

    node: Node | None
    zones: tuple[str, ...]
    tiers: tuple[Tier, ...]
    gateways: tuple[Node | Heap, ...] = ()


def networks(resources: Sequence[ResourceChange], parts: Parts) -> tuple[tuple[Network, ...], set[str]]:
    """Draw each VPC, and return the addresses that are drawn.

    Services and load balancers are in the only VPC; of several, a plan rarely says which.
    """
    vpcs = [each for each in resources if each.type == "aws_vpc"]
    inside = [each for each in resources if each.type in SERVICES | LOAD_BALANCERS] if len(vpcs) < 2 else []
    subnets = Subnets.of([each for each in resources if each.type == "aws_subnet"], vpcs)
    gateways = [each for each in resources if each.type in GATEWAYS]
    if not vpcs and not inside and not subnets.all:
        return (), set()
    owners: Sequence[ResourceChange | None] = vpcs or [None]
    drawn = tuple(
        _network(vpc, subnets, inside, _own(gateways, vpc if len(vpcs) > 1 else None), parts)
        for vpc in owners
    )
    shown = [*vpcs, *subnets.all, *gateways, *inside]
    return drawn, {each.address for each in shown}


def _own(gateways: Sequence[ResourceChange], vpc: ResourceChange | None) -> list[ResourceChange]:
    return [each for each in gateways if vpc is None or each.module == vpc.module]


def _network(
    vpc: ResourceChange | None,
    subnets: Subnets,
    inside: Sequence[ResourceChange],
    gateways: Sequence[ResourceChange],
    parts: Parts,
) -> Network:
    tiers = subnets.tiers(vpc)
    zones = tuple(sorted({zone for by_zone in tiers.values() for zone in by_zone}))
    nats = [each for each in gateways if each.type == "aws_nat_gateway" and each.key in zones]
    places: dict[str, list[ResourceChange]] = {name: [] for name in tiers}
    for each in inside:
        places.setdefault(subnets.tier_for(each, tiers), []).append(each)
    return Network(
        node=box(vpc, parts) if vpc else None,
        zones=zones,
        tiers=tuple(
            _tier(name, tiers, standing, nats if name == next(iter(tiers), None) else [], parts)
            for name, standing in places.items()
        ),
        gateways=boxes([each for each in gateways if each not in nats], parts),
    )


def _tier(
    name: str,
    tiers: Tiers,
    standing: Sequence[ResourceChange],
    nats: Sequence[ResourceChange],
    parts: Parts,
) -> Tier:
    return Tier(
        label=name,
        cells={
            zone: tuple(box(each, parts) for each in (*found, *(nat for nat in nats if nat.key == zone)))
            for zone, found in tiers.get(name, {}).items()
        },
        load_balancers=tuple(box(each, parts) for each in standing if each.type in LOAD_BALANCERS),
        services=tuple(worst_first(box(each, parts) for each in standing if each.type in SERVICES)),
    )

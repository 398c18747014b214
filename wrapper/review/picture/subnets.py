"""Subnets by kind and zone, and which kind a service or a load balancer is in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wrapper.review.picture.kinds import LOAD_BALANCERS
from wrapper.review.picture.node import text, values_of
from wrapper.review.values import blocks
from wrapper.terraform.plan import ResourceChange

_PUBLIC = re.compile(r"public|dmz|ingress|external|edge", re.IGNORECASE)
# For databases; for services only if there is nothing else.
_DATA = re.compile(r"data|db|cache|redshift|intra", re.IGNORECASE)
_ZONELESS = "any zone"
Tiers = Mapping[str, Mapping[str, tuple[ResourceChange, ...]]]


@dataclass(frozen=True, kw_only=True)
class Subnets:
    """All subnets, and the VPCs to which they belong."""

    all: tuple[ResourceChange, ...]
    vpcs: tuple[ResourceChange, ...]

    @classmethod
    def of(cls, subnets: Sequence[ResourceChange], vpcs: Sequence[ResourceChange]) -> "Subnets":
        return cls(all=tuple(subnets), vpcs=tuple(vpcs))

    def tiers(self, vpc: ResourceChange | None) -> Tiers:
        """Return the VPC's subnets by Terraform's name for them, public ones first, then by zone."""
        found: dict[str, dict[str, tuple[ResourceChange, ...]]] = {}
        for subnet in self.all:
            if self._owner(subnet) is vpc:
                zone = text(values_of(subnet).get("availability_zone")) or _ZONELESS
                tier = found.setdefault(subnet.name, {})
                tier[zone] = (*tier.get(zone, ()), subnet)
        return dict(sorted(found.items(), key=lambda item: (not self._is_public(item[1], item[0]), item[0])))

    def _owner(self, subnet: ResourceChange) -> ResourceChange | None:
        """Find its VPC by id, else by module, else take the first one."""
        vpc_id = text(values_of(subnet).get("vpc_id"))
        by_id = [each for each in self.vpcs if vpc_id and values_of(each).get("id") == vpc_id]
        beside = [each for each in self.vpcs if each.module == subnet.module]
        return next(iter([*by_id, *beside, *self.vpcs]), None)

    def tier_for(self, resource: ResourceChange, tiers: Tiers) -> str:
        """Guess the tier: what faces the internet is in a public one, the rest in a private one."""
        public = [name for name, by_zone in tiers.items() if self._is_public(by_zone, name)]
        private = sorted((name for name in tiers if name not in public), key=_holds_data)
        wanted = public if self._faces_internet(resource) else private
        return next(iter(wanted or tiers), "")

    def _faces_internet(self, resource: ResourceChange) -> bool:
        values = values_of(resource)
        if resource.type in LOAD_BALANCERS:
            return values.get("internal") is not True
        return any(each.get("assign_public_ip") is True for each in blocks(values, "network_configuration"))

    @staticmethod
    def _is_public(by_zone: Mapping[str, Sequence[ResourceChange]], name: str) -> bool:
        subnets = [each for found in by_zone.values() for each in found]
        opened = any(values_of(each).get("map_public_ip_on_launch") is True for each in subnets)
        return opened or bool(_PUBLIC.search(name))


def _holds_data(name: str) -> bool:
    return bool(_DATA.search(name))

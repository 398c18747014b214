"""Ports newly open for ingress and egress, and traffic without encryption."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.values import COMING, blocks, items, number, of_type
from wrapper.terraform.plan import Plan, ResourceChange

_ANYWHERE = ("0.0.0.0/0", "::/0")
_CIDRS = ("cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks")
_DESTINATIONS = (
    *_CIDRS,
    "prefix_list_id",
    "prefix_list_ids",
    "referenced_security_group_id",
    "security_groups",
    "source_security_group_id",
)
_GROUPS = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
# tcp and udp, by names and by IANA's numbers, both of which AWS accepts.
_PORTED = {"tcp": "", "6": "", "udp": "udp ", "17": "udp "}
_HTTPS_PORT = 443
_LAST_PORT = 65535
_HTTPS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/create-https-listener.html"


class Door(NamedTuple):
    """A range of ports that one range of addresses may reach; None is every port."""

    cidr: str
    first: float | None
    last: float | None

    def __str__(self) -> str:
        if self.first is None or self.first < 0:
            return f"every port to {self.cidr}"
        ports = (
            f"port {self.first:g}"
            if self.first == self.last
            else f"ports {self.first:g} to {self.last or 0:g}"
        )
        return f"{ports} to {self.cidr}"


def open_door(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find ports newly open to everybody, other than those on which a load balancer in the plan listens."""
    listeners = [
        (each.module, number(each.after, "port"))
        for each in plan.everything
        if each.type == "aws_lb_listener"
    ]
    for resource in plan.by_action(*COMING):
        for door in _doors(resource, resource.after) - _doors(resource, resource.before):
            alone = door.first is not None and door.first == door.last
            if not (alone and (resource.module, door.first) in listeners):
                # A load balancer of another module may be meant: other projects have other layouts.
                likely = alone and door.first in [port for _, port in listeners]
                yield Finding(
                    rule="open-door",
                    level=Level.WARN if likely else Level.BLOCK,
                    address=resource.address,
                    sentence=f"It opens {door}, which no load balancer beside it listens on.",
                    page=_GROUPS,
                )


def _doors(resource: ResourceChange, values: Mapping[str, Any] | None) -> set[Door]:
    match resource.type:
        case "aws_vpc_security_group_ingress_rule":
            found = [values or {}]
        case "aws_security_group_rule" if (values or {}).get("type") == "ingress":
            found = [values or {}]
        case "aws_security_group" | "aws_default_security_group":
            found = blocks(values, "ingress")
        case _:
            found = []
    return {door for rule in found for door in _open(rule)}


def _open(rule: Mapping[str, Any]) -> Iterator[Door]:
    for name in _CIDRS:
        for cidr in items(rule.get(name)):
            if cidr in _ANYWHERE:
                every = str(rule.get("ip_protocol") or rule.get("protocol")) in ("-1", "all")
                first, last = number(rule, "from_port"), number(rule, "to_port")
                yield Door(cidr, None if every else first, None if every else last)


class Way(NamedTuple):
    """A range of ports of one destination that something may reach; None is every port."""

    to: str
    protocol: str
    first: float | None
    last: float | None

    @property
    def is_https(self) -> bool:
        return not self.protocol and self.first == self.last == _HTTPS_PORT

    @property
    def is_wide(self) -> bool:
        every = self.first is None or (self.first <= 1 and (self.last or 0) >= _LAST_PORT)
        return every and self.to in _ANYWHERE

    def __str__(self) -> str:
        if self.first is None:
            return f"every port of {self.to}"
        ports = (
            f"port {self.first:g}"
            if self.first == self.last
            else f"ports {self.first:g} to {self.last or 0:g}"
        )
        return f"{self.protocol}{ports} of {self.to}"


def way_out(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find new egress other than HTTPS; security groups of the plan itself do not count."""
    for resource in plan.by_action(*COMING):
        for way in sorted(_ways(resource, resource.after) - _ways(resource, resource.before), key=str):
            if not way.is_https:
                yield Finding(
                    rule="way-out",
                    level=Level.WARN if way.is_wide else Level.NOTE,
                    address=resource.address,
                    sentence=f"It allows egress to {way}.",
                    page=_GROUPS,
                )


def _ways(resource: ResourceChange, values: Mapping[str, Any] | None) -> set[Way]:
    match resource.type:
        case "aws_vpc_security_group_egress_rule":
            found = [values or {}]
        case "aws_security_group_rule" if (values or {}).get("type") == "egress":
            found = [values or {}]
        case "aws_security_group" | "aws_default_security_group":
            found = blocks(values, "egress")
        case _:
            found = []
    return {way for rule in found for way in _reached(rule)}


def _reached(rule: Mapping[str, Any]) -> Iterator[Way]:
    protocol = _PORTED.get(str(rule.get("ip_protocol") or rule.get("protocol")))
    first, last = number(rule, "from_port"), number(rule, "to_port")
    for name in _DESTINATIONS:
        for to in items(rule.get(name)):
            if isinstance(to, str) and to:
                yield (
                    Way(to, protocol or "", first, last) if protocol is not None else Way(to, "", None, None)
                )


def _of_listener(resource: ResourceChange) -> Level:
    """Block a new listener; one that spoke plain HTTP before is a reminder."""
    was_plain = (resource.before or {}).get("protocol") == "HTTP"
    return Level.WARN if was_plain else Level.BLOCK


def plain_http(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find listeners without TLS that answer themselves, where the environment is not disposable."""
    for resource in of_type(plan, COMING, "aws_lb_listener"):
        actions = [action.get("type") for action in blocks(resource.after, "default_action")]
        is_plain = (resource.after or {}).get("protocol") == "HTTP" and actions != ["redirect"]
        if is_plain and not circumstances.disposable:
            yield Finding(
                rule="plain-http",
                level=_of_listener(resource),
                address=resource.address,
                sentence="Callers and answers travel as plain HTTP; dns and alb.certificate_arn are null.",
                page=_HTTPS,
            )

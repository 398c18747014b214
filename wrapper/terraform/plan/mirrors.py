"""Attributes that repeat other resources: AWS shows a security group with its rules, a role with policies.

A refresh finds them changed as soon as such a resource exists; only what none accounts for is drift.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from wrapper.terraform.plan.changes import Action, AttributeChange, ResourceChange

Values = Mapping[str, Any]
# The stack's resources as the refresh found them, by type.
Standing = Mapping[str, Sequence[Values]]


def standing(document: Mapping[str, Any]) -> dict[str, list[Values]]:
    """Collect what the plan's refresh found, from its modules, however deep."""
    found: dict[str, list[Values]] = {}
    modules = [_block(_block(_block(document, "prior_state"), "values"), "root_module")]
    while modules:
        module = modules.pop()
        modules += [each for each in _items(module.get("child_modules")) if isinstance(each, dict)]
        for resource in _items(module.get("resources")):
            if isinstance(resource, dict):
                found.setdefault(str(resource.get("type")), []).append(_block(resource, "values"))
    return found


def narrowed(resource: ResourceChange, there: Standing) -> ResourceChange | None:
    """Leave what no other resource accounts for, and what is a change at all; None if nothing is left."""
    attributes = tuple(_attributes(resource, there))
    if not attributes and resource.action is Action.UPDATE:
        return None
    return replace(resource, attributes=attributes)


def _attributes(resource: ResourceChange, there: Standing) -> Iterator[AttributeChange]:
    for name, group in groupby(resource.attributes, key=lambda each: _top(each.path)):
        entries = _unexplained(resource, name, there)
        if entries is not None:
            yield from (AttributeChange(path=name, before=None, after=entry) for entry in entries)
        else:
            # Providers write nothing in several ways: null, 0, false and an empty text.
            yield from (each for each in group if each.before or each.after)


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _unexplained(resource: ResourceChange, name: str, there: Standing) -> list[Any] | None:
    """Return the new entries that no resource accounts for; None if the attribute repeats nothing."""
    mirror = _MIRRORS.get((resource.type, name))
    after = resource.after
    if mirror is None or after is None:
        return None
    known = _items((resource.before or {}).get(name))
    return list(mirror(after, [each for each in _items(after.get(name)) if each not in known], there))


def _block(values: Values, name: str) -> Values:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _rules(kind: str) -> Callable[[Values, list[Any], Standing], Iterator[Any]]:
    """Compare a security group's rules with the resources that each hold one."""

    def mirror(group: Values, entries: list[Any], there: Standing) -> Iterator[Any]:
        rules = there.get(f"aws_vpc_security_group_{kind}_rule", [])
        ours = {
            key for rule in rules if rule.get("security_group_id") == group.get("id") for key in _rule(rule)
        }
        for entry in entries:
            if not set(_entry(entry, group)) <= ours:
                yield {key: value for key, value in entry.items() if value not in (None, "", [], False)}

    return mirror


def _rule(rule: Values) -> Iterator[tuple[Any, ...]]:
    for name in ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"):
        if rule.get(name):
            yield _door(rule.get("ip_protocol"), rule.get("from_port"), rule.get("to_port"), rule[name])


def _entry(entry: Values, group: Values) -> Iterator[tuple[Any, ...]]:
    names = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups")
    sources = [str(source) for name in names for source in _items(entry.get(name))]
    sources += [str(group.get("id"))] if entry.get("self") else []
    for source in sources:
        yield _door(entry.get("protocol"), entry.get("from_port"), entry.get("to_port"), source)


def _door(protocol: Any, first: Any, last: Any, source: str) -> tuple[Any, ...]:
    """Write a rule of one source; every protocol has no ports, and a group may stand behind its account."""
    every = str(protocol) in ("-1", "all")
    ports = ("-1", 0, 0) if every else (str(protocol), first, last)
    return (*ports, source.rpartition("/")[2] if "/sg-" in source else source)


def _by(
    kind: str, *, owner: tuple[str, str], told: str, entry: Callable[[Any], Any]
) -> Callable[[Values, list[Any], Standing], Iterator[Any]]:
    """Expect each entry to be told by a resource whose first `owner` attribute is the mirror's second."""

    def mirror(values: Values, entries: list[Any], there: Standing) -> Iterator[Any]:
        theirs, ours = owner
        known = {each.get(told) for each in there.get(kind, []) if each.get(theirs) == values.get(ours)}
        yield from (each for each in entries if entry(each) not in known)

    return mirror


def _route(entry: Any) -> Any:
    return entry.get("cidr_block") or entry.get("ipv6_cidr_block") or entry.get("destination_prefix_list_id")


def _balancers(group: Values, entries: list[Any], there: Standing) -> Iterator[Any]:
    """Expect the stack's own load balancer, or the one whose listener has the stack's rules."""
    known = {each.get("arn") for each in there.get("aws_lb", [])}
    listeners = (str(rule.get("listener_arn")) for rule in there.get("aws_lb_listener_rule", []))
    known |= {arn.rpartition("/")[0].replace(":listener/", ":loadbalancer/") for arn in listeners}
    yield from (each for each in entries if each not in known)


def _beside(kind: str) -> Callable[[Values, list[Any], Standing], Iterator[Any]]:
    """Leave a part of a bucket to the resource that is about it, whose own drift is found there."""

    def mirror(bucket: Values, entries: list[Any], there: Standing) -> Iterator[Any]:
        if not any(each.get("bucket") == bucket.get("id") for each in there.get(kind, [])):
            yield from entries

    return mirror


_MIRRORS: Mapping[tuple[str, str], Callable[[Values, list[Any], Standing], Iterator[Any]]] = {
    ("aws_security_group", "ingress"): _rules("ingress"),
    ("aws_security_group", "egress"): _rules("egress"),
    ("aws_iam_role", "inline_policy"): _by(
        "aws_iam_role_policy", owner=("role", "id"), told="name", entry=lambda each: each.get("name")
    ),
    ("aws_iam_role", "managed_policy_arns"): _by(
        "aws_iam_role_policy_attachment", owner=("role", "id"), told="policy_arn", entry=lambda each: each
    ),
    ("aws_route_table", "route"): _by(
        "aws_route", owner=("route_table_id", "id"), told="destination_cidr_block", entry=_route
    ),
    ("aws_lb_target_group", "load_balancer_arns"): _balancers,
    **{
        ("aws_s3_bucket", name): _beside(f"aws_s3_bucket_{kind}")
        for name, kind in {
            "lifecycle_rule": "lifecycle_configuration",
            "logging": "logging",
            "policy": "policy",
            "server_side_encryption_configuration": "server_side_encryption_configuration",
            "versioning": "versioning",
        }.items()
    },
}

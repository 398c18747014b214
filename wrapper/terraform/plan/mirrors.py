"""Changes that a refresh finds although nobody made them.

First, attributes that repeat other resources: AWS shows a group with its rules, an address with its gateway.
They change as soon as such a resource exists. `additions` finds what somebody added to them by hand; for
attributes that it does not check, entries that no resource explains are drift. Second, attributes that only
AWS sets or changes, some of them after Terraform has read what it created.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from wrapper.terraform.additions import TOLD
from wrapper.terraform.plan.changes import Action, AttributeChange, ResourceChange
from wrapper.terraform.plan.computed import computed

Values = Mapping[str, Any]
# The stack's resources as the refresh found them, by type.
Standing = Mapping[str, Sequence[Values]]


def standing(document: Mapping[str, Any]) -> dict[str, list[Values]]:
    """Collect what the plan's refresh found, in modules at any depth."""
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
    """Keep what no other resource explains, and what is a real change; None if nothing is left."""
    attributes = tuple(_attributes(resource, there))
    if not attributes and resource.action is Action.UPDATE:
        return None
    return replace(resource, attributes=attributes)


def _attributes(resource: ResourceChange, there: Standing) -> Iterator[AttributeChange]:
    for name, group in groupby(resource.attributes, key=lambda each: _top(each.path)):
        if (resource.type, name) in TOLD:
            continue
        entries = _unexplained(resource, name, there)
        if entries and isinstance((resource.after or {}).get(name), list):
            yield from (AttributeChange(path=name, before=None, after=entry) for entry in entries)
        elif entries or (entries is None and not _is_of_aws(resource, name)):
            # Providers write nothing in several ways: null, 0, false and an empty text.
            yield from (each for each in group if each.before or each.after)


def _is_of_aws(resource: ResourceChange, name: str) -> bool:
    """Return whether AWS has set what no configuration can set, or changed what it manages."""
    before, after = resource.before, resource.after
    if before is None or after is None:
        return False
    if moved_on := _MOVED_ON.get((resource.type, name)):
        return moved_on(after)
    return name in computed().get(resource.type, ()) and not before.get(name)


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _unexplained(resource: ResourceChange, name: str, there: Standing) -> list[Any] | None:
    """Return the new entries that no resource explains; None if the attribute repeats nothing.

    A value that is no list is its only entry, new if it differs.
    """
    mirror = _MIRRORS.get((resource.type, name))
    after = resource.after
    if mirror is None or after is None:
        return None
    old, new = (resource.before or {}).get(name), after.get(name)
    if not isinstance(old or new, list):
        return list(mirror(after, [new] if (old or new) and old != new else [], there))
    return list(mirror(after, [each for each in _items(new) if each not in _items(old)], there))


def _block(values: Values, name: str) -> Values:
    found = values.get(name)
    return found if isinstance(found, dict) else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _balancers(group: Values, entries: list[Any], there: Standing) -> Iterator[Any]:
    """Return the stack's own load balancer, or the one whose listener has the stack's rules."""
    known = {each.get("arn") for each in there.get("aws_lb", [])}
    listeners = (str(rule.get("listener_arn")) for rule in there.get("aws_lb_listener_rule", []))
    known |= {arn.rpartition("/")[0].replace(":listener/", ":loadbalancer/") for arn in listeners}
    yield from (each for each in entries if each not in known)


def _beside(kind: str, owner: str) -> Callable[[Values, list[Any], Standing], Iterator[Any]]:
    """Leave a part to its own resource, by its attribute `owner`: drift is found there."""

    def mirror(whole: Values, entries: list[Any], there: Standing) -> Iterator[Any]:
        if not any(each.get(owner) == whole.get("id") for each in there.get(kind, [])):
            yield from entries

    return mirror


def _gateway(address: Values, entries: list[Any], there: Standing) -> Iterator[Any]:
    """Return the NAT gateway for which the address was created."""
    ours = [
        each for each in there.get("aws_nat_gateway", []) if each.get("allocation_id") == address.get("id")
    ]
    if not any(each.get("association_id") == address.get("association_id") for each in ours):
        yield from entries


def _attachments(policy: Values, entries: list[Any], there: Standing) -> Iterator[Any]:
    """Return how often the stack attaches the policy."""
    kinds = (f"aws_iam_{each}_policy_attachment" for each in ("group", "role", "user"))
    all_attached = [each.get("policy_arn") for kind in kinds for each in there.get(kind, [])]
    if all_attached.count(policy.get("arn")) != policy.get("attachment_count"):
        yield from entries


_MIRRORS: Mapping[tuple[str, str], Callable[[Values, list[Any], Standing], Iterator[Any]]] = {
    ("aws_lb_target_group", "load_balancer_arns"): _balancers,
    **{
        ("aws_s3_bucket", name): _beside(f"aws_s3_bucket_{kind}", "bucket")
        for name, kind in {
            "server_side_encryption_configuration": "server_side_encryption_configuration",
            "versioning": "versioning",
        }.items()
    },
    ("aws_sns_topic", "policy"): _beside("aws_sns_topic_policy", "arn"),
    ("aws_sqs_queue", "policy"): _beside("aws_sqs_queue_policy", "queue_url"),
    ("aws_iam_policy", "attachment_count"): _attachments,
    **{
        ("aws_eip", name): _gateway
        for name in ("association_id", "network_interface", "private_dns", "private_ip")
    },
}


def _always(after: Values) -> bool:
    return True


# What AWS changes by itself, from any state; changes to other states are reported.
_MOVED_ON: Mapping[tuple[str, str], Callable[[Values], bool]] = {
    ("aws_acm_certificate", "status"): lambda after: after.get("status") == "ISSUED",
    **{
        ("aws_acm_certificate", name): _always
        for name in ("not_after", "not_before", "pending_renewal", "renewal_eligibility", "renewal_summary")
    },
    # ECS sets the number, between these.
    ("aws_autoscaling_group", "desired_capacity"): lambda after: (
        after.get("min_size", 0) <= after.get("desired_capacity", 0) <= after.get("max_size", 0)
    ),
    # The owner of an address confirms a subscription some time later.
    ("aws_sns_topic_subscription", "pending_confirmation"): lambda after: (
        not after.get("pending_confirmation")
    ),
    # The addresses of an AWS service.
    ("aws_vpc_endpoint", "cidr_blocks"): _always,
}

"""Which load balancer forwards to which target group."""

from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import alb


def groups_in_use() -> dict[str, Mapping[str, Any]]:
    """Return the target groups by ARN that some listener or rule forwards to; AWS checks no others."""
    named = {group for group, _ in _forwards()}
    return {arn: group for (_, _, arn), group in alb._tgs.all_items() if arn in named}


def balancers_of(group_arn: str) -> list[str]:
    """List the ARNs of the load balancers that forward to the group."""
    return sorted({balancer for group, balancer in _forwards() if group == group_arn})


def _forwards() -> Iterator[tuple[str, str]]:
    """Yield (target group, load balancer) for every forward, of a listener's default or of a rule."""
    listeners = {arn: listener for (_, _, arn), listener in alb._listeners.all_items()}
    rules = [(rule["ListenerArn"], rule["Actions"]) for _, rule in alb._rules.all_items()]
    defaults = [(arn, listener["DefaultActions"]) for arn, listener in listeners.items()]
    for listener_arn, actions in [*defaults, *rules]:
        if listener_arn in listeners:
            for group in (arn for action in actions for arn in _groups_of(action)):
                yield group, listeners[listener_arn]["LoadBalancerArn"]


def _groups_of(action: Mapping[str, Any]) -> list[str]:
    weighted = [group["TargetGroupArn"] for group in action.get("ForwardConfig", {}).get("TargetGroups", [])]
    return [arn for arn in (action.get("TargetGroupArn"), *weighted) if arn]

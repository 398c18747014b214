"""Which load balancer forwards to which target group, and the names that lead to one."""

from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import alb

from emulator.alb.weights import groups_of


def groups_in_use() -> dict[str, Mapping[str, Any]]:
    """Return the target groups by ARN that some listener or rule forwards to; AWS checks no others."""
    named = {group for group, _ in _forwards()}
    return {arn: group for (_, _, arn), group in alb._tgs.all_items() if arn in named}


def balancers_of(group_arn: str) -> list[str]:
    """List the ARNs of the load balancers that forward to the group."""
    return sorted({balancer for group, balancer in _forwards() if group == group_arn})


def own_names() -> list[str]:
    """List the names that the load balancers have of AWS, in small letters."""
    return sorted(balancer["DNSName"].lower() for _, balancer in alb._lbs.all_items())


def hosts_of_rules() -> list[str]:
    """List the hosts that rules ask for, in small letters; * and ? are wildcards in them."""
    conditions = [condition for _, rule in alb._rules.all_items() for condition in rule["Conditions"]]
    hosts = [condition["Values"] for condition in conditions if condition["Field"] == "host-header"]
    return sorted({host.lower() for values in hosts for host in values})


def _forwards() -> Iterator[tuple[str, str]]:
    """Yield (target group, load balancer) for every forward, of a listener's default or of a rule."""
    listeners = {arn: listener for (_, _, arn), listener in alb._listeners.all_items()}
    rules = [(rule["ListenerArn"], rule["Actions"]) for _, rule in alb._rules.all_items()]
    defaults = [(arn, listener["DefaultActions"]) for arn, listener in listeners.items()]
    for listener_arn, actions in [*defaults, *rules]:
        if listener_arn in listeners:
            for group in (arn for action in actions for arn, _ in groups_of(action)):
                yield group, listeners[listener_arn]["LoadBalancerArn"]

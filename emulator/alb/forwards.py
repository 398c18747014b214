"""Which load balancer forwards to which target group, and the load balancers' host names."""

from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import alb

from emulator.alb.weights import groups_of


def groups_in_use() -> dict[str, Mapping[str, Any]]:
    """Return, by ARN, the target groups to which a listener or rule forwards; AWS probes no others."""
    named = {group for group, _ in _forwards()}
    return {arn: group for (_, _, arn), group in alb._tgs.all_items() if arn in named}


def balancers_of(group_arn: str) -> list[str]:
    """Return the ARNs of the load balancers that forward to the group."""
    return sorted({balancer for group, balancer in _forwards() if group == group_arn})


def own_names() -> list[str]:
    """Return the load balancers' DNS names in lower case."""
    return sorted(balancer["DNSName"].lower() for _, balancer in alb._lbs.all_items())


def hosts_of_rules() -> list[str]:
    """Return the hosts in the rules' conditions in lower case; * and ? are wildcards."""
    conditions = [condition for _, rule in alb._rules.all_items() for condition in rule["Conditions"]]
    hosts = [condition["Values"] for condition in conditions if condition["Field"] == "host-header"]
    return sorted({host.lower() for values in hosts for host in values})


def _forwards() -> Iterator[tuple[str, str]]:
    """Yield (target group, load balancer) for each forward action of a listener or a rule."""
    listeners = {arn: listener for (_, _, arn), listener in alb._listeners.all_items()}
    rules = [(rule["ListenerArn"], rule["Actions"]) for _, rule in alb._rules.all_items()]
    defaults = [(arn, listener["DefaultActions"]) for arn, listener in listeners.items()]
    for listener_arn, actions in [*defaults, *rules]:
        if listener_arn in listeners:
            for group in (arn for action in actions for arn, _ in groups_of(action)):
                yield group, listeners[listener_arn]["LoadBalancerArn"]

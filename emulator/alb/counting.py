"""The load balancers' metrics, with CloudWatch's names and dimensions, except those per availability zone.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from emulator.alb.registry import Registry
from emulator.alb.target import State
from emulator.metrics.measured import STORE
from emulator.metrics.store import Metric, Store

NAMESPACE = "AWS/ApplicationELB"


@dataclass
class Counted:
    """One request on its way through a load balancer; `is_answered` once a target has."""

    balancer: str
    group: str = ""
    is_answered: bool = False


# A context variable, since ministack's code between the listener and the target group passes no such
# argument.
REQUEST: ContextVar[Counted | None] = ContextVar("request", default=None)


def chosen(group: str, targets: int, store: Store = STORE) -> None:
    """Count a request for which the group had one of `targets` targets."""
    request = REQUEST.get()
    if request is None or not targets:
        return
    request.group = group
    for metric in _metrics("RequestCount", request.balancer, group):
        store.add(metric, 1.0, unit="Count")
    for metric in _per_target(request.balancer, group):
        store.add(metric, 1.0 / targets, unit="Count")


def answered(status: int, seconds: float, store: Store = STORE) -> None:
    """Count a target's answer: `seconds` from sending the request until the head of the answer."""
    request = REQUEST.get()
    if request is None:
        return
    request.is_answered = True
    for metric in _metrics("TargetResponseTime", request.balancer, request.group):
        store.add(metric, seconds, unit="Seconds")
    if 2 <= status // 100 <= 5:
        for metric in _metrics(f"HTTPCode_Target_{status // 100}XX_Count", request.balancer, request.group):
            store.add(metric, 1.0, unit="Count")


def ended(status: int, store: Store = STORE) -> None:
    """Count an answer of the load balancer itself."""
    request = REQUEST.get()
    if request is not None and not request.is_answered and 3 <= status // 100 <= 5:
        metric = _metrics(f"HTTPCode_ELB_{status // 100}XX_Count", request.balancer, "")[0]
        store.add(metric, 1.0, unit="Count")


def sample(registry: Registry, balancer: str, group: str, store: Store = STORE) -> None:
    """Report the group's targets, and 0 requests: CloudWatch has these metrics even without requests."""
    for metric in (*_metrics("RequestCount", balancer, group), *_per_target(balancer, group)):
        store.add(metric, 0.0, unit="Count")
    states: list[State] = [
        target.state for target in registry.targets(group) if target.state is not State.DRAINING
    ]
    if states:  # a group without targets reports none
        for name, state in (("HealthyHostCount", State.HEALTHY), ("UnHealthyHostCount", State.UNHEALTHY)):
            metric = _metrics(name, balancer, group)[1]
            store.add(metric, float(states.count(state)), unit="Count")


@lru_cache(maxsize=1024)
def _metrics(name: str, balancer: str, group: str) -> tuple[Metric, ...]:
    """Return the load balancer's metric and, with a group, also that of the target group."""
    whole = {"LoadBalancer": balancer.partition(":loadbalancer/")[2]}
    places = [whole, *([whole | _group(group)] if group else [])]
    return tuple(Metric.of(NAMESPACE, name, place) for place in places)


@lru_cache(maxsize=1024)
def _per_target(balancer: str, group: str) -> tuple[Metric, ...]:
    both = {"LoadBalancer": balancer.partition(":loadbalancer/")[2], **_group(group)}
    return tuple(Metric.of(NAMESPACE, "RequestCountPerTarget", place) for place in (_group(group), both))


def _group(arn: str) -> dict[str, str]:
    return {"TargetGroup": arn.rpartition(":")[2]}

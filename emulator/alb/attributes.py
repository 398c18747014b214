"""The attributes of load balancers and target groups that the data plane implements."""

from ministack.services import alb


def deregistration_seconds(group: str) -> float:
    """Return the deregistration delay of the group, in seconds."""
    return _seconds(alb._tg_attrs.get(group, []), "deregistration_delay.timeout_seconds", 300)


def idle_seconds(balancer: str) -> float:
    """Return the load balancer's idle timeout, in seconds."""
    return _seconds(alb._lb_attrs.get(balancer, []), "idle_timeout.timeout_seconds", 60)


def _seconds(attributes: list[dict[str, str]], name: str, default: float) -> float:
    return next((float(item["Value"]) for item in attributes if item["Key"] == name), default)

"""What ministack's Elastic Load Balancing lacks."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import alb, ec2

from emulator.alb import attributes, forward
from emulator.alb.registry import TARGETS
from emulator.alb.target import Target
from emulator.alb.wiring import balancers_of, groups_in_use
from emulator.patching import replace, wrap
from emulator.replies import Response


def targets_by_port() -> None:
    """Upstream knows a target by its address only, so a second port of one address is lost."""

    def register(params: Mapping[str, Any]) -> Response:
        group = alb._p(params, "TargetGroupArn")
        if group not in alb._tgs:
            return _no_group(group)
        for target in alb._parse_targets_param(params):
            TARGETS.register(group, target["Id"], _port(group, target))
        return _empty("RegisterTargets")

    replace(alb, "_register_targets", register)


def draining() -> None:
    """Upstream drops a target at once; AWS lets it finish what it has until the group's delay is over."""

    def deregister(params: Mapping[str, Any]) -> Response:
        group = alb._p(params, "TargetGroupArn")
        if group not in alb._tgs:
            return _no_group(group)
        for target in alb._parse_targets_param(params):
            delay = attributes.deregistration_seconds(group)
            TARGETS.deregister(group, target["Id"], target.get("Port"), delay_seconds=delay)
        return _empty("DeregisterTargets")

    def delete(original: Callable[..., Response], params: Mapping[str, Any]) -> Response:
        TARGETS.forget(alb._p(params, "TargetGroupArn"))
        return original(params)

    replace(alb, "_deregister_targets", deregister)
    wrap(alb, "_delete_tg", delete)


def target_health() -> None:
    """Upstream calls every target healthy without looking at it."""

    def describe(params: Mapping[str, Any]) -> Response:
        group = alb._p(params, "TargetGroupArn")
        if group not in alb._tgs:
            return _no_group(group)
        asked = alb._parse_targets_param(params)
        members = (
            "".join(_asked_health(group, target["Id"], _port(group, target)) for target in asked)
            if asked
            else "".join(_health(target, group in groups_in_use()) for target in TARGETS.targets(group))
        )
        xml = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
        response: Response = alb._xml(200, "DescribeTargetHealth", xml)
        return response

    replace(alb, "_describe_target_health", describe)


def forwarding() -> None:
    """Upstream picks a target at random, healthy or not, holds a thread per request and knows no 504."""
    wrap(alb, "_forward_to_tg", forward.to_group)


def balancers_of_rules() -> None:
    """Upstream lists a target group's load balancer only if a listener's default action names the group."""

    def describe(original: Callable[..., str], group: Mapping[str, Any]) -> str:
        return original({**group, "LoadBalancerArns": balancers_of(group["TargetGroupArn"])})

    wrap(alb, "_tg_xml", describe)


def balancers_network() -> None:
    """Upstream puts every load balancer into the default VPC; AWS into that of its subnets."""

    def create(original: Callable[..., Response], params: Mapping[str, Any]) -> Response:
        subnets = alb._parse_member_list(params, "Subnets")
        subnet = ec2._subnets.get(subnets[0], {}) if subnets else {}
        return original({**params, "VpcId": [subnet["VpcId"]]} if subnet else params)

    wrap(alb, "_create_lb", create)


def host_header_case() -> None:
    """Upstream compares a rule's host names with regard to case; AWS doesn't, as names have none."""

    def match(
        original: Callable[..., bool],
        condition: Mapping[str, Any],
        method: str,
        path: str,
        headers: Mapping[str, str],
        query: Any,
    ) -> bool:
        if condition.get("Field") == "host-header":
            condition = {**condition, "Values": [value.lower() for value in condition.get("Values", [])]}
            headers = {**headers, "host": headers.get("host", "").lower()}
        return original(condition, method, path, headers, query)

    wrap(alb, "_match_condition", match)


def rule_priorities() -> None:
    """Upstream gives several rules of a listener one priority; AWS refuses one that is in use."""

    def create(original: Callable[..., Response], params: Mapping[str, Any]) -> Response:
        wanted = alb._p(params, "Priority")
        return _in_use({wanted}, alb._p(params, "ListenerArn"), but=()) or original(params)

    def set_all(original: Callable[..., Response], params: Mapping[str, Any]) -> Response:
        wanted: dict[str, str] = {}
        while arn := alb._p(params, f"RulePriorities.member.{len(wanted) + 1}.RuleArn"):
            wanted[arn] = alb._p(params, f"RulePriorities.member.{len(wanted) + 1}.Priority")
        for arn in wanted:
            listener = alb._rules.get(arn, {}).get("ListenerArn", "")
            if refused := _in_use(set(wanted.values()), listener, but=wanted):
                return refused
        return original(params)

    wrap(alb, "_create_rule", create)
    wrap(alb, "_set_rule_priorities", set_all)


def _in_use(wanted: Collection[str], listener: str, *, but: Collection[str]) -> Response | None:
    """Refuse priorities that the listener's rules have, other than those of `but`."""
    for arn, rule in alb._rules.items():
        if rule["ListenerArn"] == listener and arn not in but and rule["Priority"] in wanted:
            message = f"Priority '{rule['Priority']}' is currently in use"
            refused: Response = alb._error("PriorityInUse", message)
            return refused
    return None


def _port(group: str, target: Mapping[str, Any]) -> int:
    return int(target.get("Port") or alb._tgs[group]["Port"])


def _no_group(group: str) -> Response:
    response: Response = alb._error("TargetGroupNotFound", f"Target group '{group}' not found.")
    return response


def _empty(action: str) -> Response:
    response: Response = alb._empty(action)
    return response


def _asked_health(group: str, address: str, port: int) -> str:
    target = TARGETS.find(group, address, port)
    if target:
        return _health(target, group in groups_in_use())
    return _member(
        address, port, "unused", "Target.NotRegistered", "Target is not registered to the target group"
    )


def _health(target: Target, is_used: bool) -> str:
    if not is_used and target.drained_at is None:
        description = "Target group is not configured to receive traffic from the load balancer"
        return _member(target.address, target.port, "unused", "Target.NotInUse", description)
    return _member(target.address, target.port, target.state, target.reason, target.description)


def _member(address: str, port: int, state: str, reason: str, description: str) -> str:
    why = f"<Reason>{reason}</Reason><Description>{escape(description)}</Description>" if reason else ""
    return (
        f"<member><Target><Id>{escape(address)}</Id><Port>{port}</Port></Target><HealthCheckPort>{port}</HealthCheckPort>"
        f"<TargetHealth><State>{state}</State>{why}</TargetHealth></member>"
    )

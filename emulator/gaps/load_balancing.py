"""What ministack's Elastic Load Balancing lacks."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import alb, ec2

from emulator.alb import attributes, forward, weights
from emulator.alb.forwards import balancers_of, groups_in_use
from emulator.alb.registry import TARGETS
from emulator.alb.target import Target
from emulator.patching import replace, wrap
from emulator.replies import Response


def targets_by_port() -> None:
    """Upstream identifies a target by its address alone, so a second port of an address is lost."""

    def register(params: Mapping[str, Any]) -> Response:
        group = alb._p(params, "TargetGroupArn")
        if group not in alb._tgs:
            return _no_group(group)
        for target in alb._parse_targets_param(params):
            TARGETS.register(group, target["Id"], _port(group, target))
        return _empty("RegisterTargets")

    replace(alb, "_register_targets", register)


def draining() -> None:
    """Upstream removes a target at once; AWS lets it finish its requests during the deregistration delay."""

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
    """Upstream reports every target as healthy without a check."""

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
    """Upstream picks a random target, healthy or not, uses a thread per request and never answers 504."""
    wrap(alb, "_forward_to_tg", forward.to_group)


def weighted_forwards() -> None:
    """Upstream has one target group per action; AWS has up to five, with weights.

    With stickiness, a cookie keeps a caller with one of them.
    """

    def parse(original: Callable[..., Any], params: Mapping[str, Any], prefix: str = "DefaultActions") -> Any:
        actions = original(params, prefix)
        for number, action in enumerate(actions, 1):
            if config := _forward_config(params, f"{prefix}.member.{number}.ForwardConfig"):
                action["ForwardConfig"] = config
                if len(config["TargetGroups"]) == 1:
                    action.setdefault("TargetGroupArn", config["TargetGroups"][0]["TargetGroupArn"])
        return actions

    def write(original: Callable[..., str], action: Mapping[str, Any]) -> str:
        written = original(action)
        if action["Type"] != "forward":
            return written
        return f"{written.removesuffix('</member>')}{_forward_xml(action)}</member>"

    def refuse(original: Callable[..., Response], params: Mapping[str, Any]) -> Response:
        return _bad_weights(params) or original(params)

    async def execute(
        original: Callable[..., Any],
        actions: Any,
        method: str,
        path: str,
        headers: Mapping[str, str],
        *arguments: Any,
        **more: Any,
    ) -> Any:
        one, cookies = [], []
        for action in actions:
            if action["Type"] == "forward" and len(groups := weights.groups_of(action)) > 1:
                group = weights.sticky_group(action, headers.get("cookie", "")) or weights.chosen(groups)
                cookies += weights.cookies_of(action, group)
                action = {**action, "TargetGroupArn": group}
            one.append(action)
        if any(action["Type"] == "forward" and not action.get("TargetGroupArn") for action in one):
            return forward.error(HTTPStatus.SERVICE_UNAVAILABLE)
        status, replied, body = await original(one, method, path, headers, *arguments, **more)
        return status, _with_cookies(replied, cookies), body

    wrap(alb, "_parse_actions", parse)
    wrap(alb, "_action_xml", write)
    wrap(alb, "_execute_actions", execute)
    for name in ("_create_rule", "_modify_rule", "_create_listener", "_modify_listener"):
        wrap(alb, name, refuse)


def further_certificates() -> None:
    """Upstream has only a listener's default certificate; AWS also has a list, for other host names."""

    def act(action: str, params: Mapping[str, Any]) -> Response:
        listener = alb._listeners.get(arn := alb._p(params, "ListenerArn"))
        if listener is None:
            refused: Response = alb._error("ListenerNotFound", f"Listener '{arn}' not found.")
            return refused
        named = alb._parse_certificate_arns(params)
        kept = [each for each in listener.get("FurtherCertificates", []) if each not in named]
        if action != "DescribeListenerCertificates":
            listener["FurtherCertificates"] = kept + (named if action == "AddListenerCertificates" else [])
        default = "".join(_certificate(each, is_default=True) for each in listener.get("Certificates") or ())
        further = listener.get("FurtherCertificates", [])
        members = default + "".join(_certificate(each, is_default=False) for each in further)
        response: Response = alb._xml(200, action, f"<Certificates>{members}</Certificates>")
        return response

    for verb in ("Add", "Describe", "Remove"):
        alb._ACTION_MAP[f"{verb}ListenerCertificates"] = partial(act, f"{verb}ListenerCertificates")


def _certificate(arn: str, *, is_default: bool) -> str:
    default = str(is_default).lower()
    return f"<member><CertificateArn>{escape(arn)}</CertificateArn><IsDefault>{default}</IsDefault></member>"


def balancers_of_rules() -> None:
    """Upstream returns a target group's load balancer only if a listener's default action names the group."""

    def describe(original: Callable[..., str], group: Mapping[str, Any]) -> str:
        return original({**group, "LoadBalancerArns": balancers_of(group["TargetGroupArn"])})

    wrap(alb, "_tg_xml", describe)


def balancers_network() -> None:
    """Upstream puts every load balancer into the default VPC; AWS puts it into that of its subnets."""

    def create(original: Callable[..., Response], params: Mapping[str, Any]) -> Response:
        subnets = alb._parse_member_list(params, "Subnets")
        subnet = ec2._subnets.get(subnets[0], {}) if subnets else {}
        return original({**params, "VpcId": [subnet["VpcId"]]} if subnet else params)

    wrap(alb, "_create_lb", create)


def host_header_case() -> None:
    """Upstream's comparison of a rule's host names is case-sensitive; AWS's is not."""

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
    """Upstream accepts two rules of a listener with the same priority; AWS refuses one that is in use."""

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
    """Return a refusal if other rules of the listener than those in `but` have these priorities."""
    for arn, rule in alb._rules.items():
        if rule["ListenerArn"] == listener and arn not in but and rule["Priority"] in wanted:
            message = f"Priority '{rule['Priority']}' is currently in use"
            refused: Response = alb._error("PriorityInUse", message)
            return refused
    return None


# https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupTuple.html
_HEAVIEST, _MOST_GROUPS = 999, 5


def _forward_config(params: Mapping[str, Any], prefix: str) -> dict[str, Any] | None:
    """Return the groups and weights of an action, 1 by default; None without a forward configuration."""
    groups: list[dict[str, Any]] = []
    while arn := alb._p(params, f"{prefix}.TargetGroups.member.{len(groups) + 1}.TargetGroupArn"):
        weight = alb._p(params, f"{prefix}.TargetGroups.member.{len(groups) + 1}.Weight", "1")
        groups.append({"TargetGroupArn": arn, "Weight": int(weight)})
    sticky = f"{prefix}.TargetGroupStickinessConfig"
    config: dict[str, Any] = {"TargetGroups": groups, "Sticky": alb._p(params, f"{sticky}.Enabled")}
    config["Seconds"] = alb._p(params, f"{sticky}.DurationSeconds")
    return config if groups else None


def _with_cookies(headers: Mapping[str, Any], cookies: Sequence[str]) -> dict[str, Any]:
    """Return the headers with these cookies after those of the target."""
    own = headers.get("set-cookie", [])
    told = [*([own] if isinstance(own, str) else own), *cookies]
    return {**headers, "set-cookie": told} if cookies else dict(headers)


def _forward_xml(action: Mapping[str, Any]) -> str:
    groups = "".join(
        f"<member><TargetGroupArn>{escape(arn)}</TargetGroupArn><Weight>{weight}</Weight></member>"
        for arn, weight in weights.groups_of(action)
    )
    config = action.get("ForwardConfig", {})
    enabled, seconds = config.get("Sticky") or "false", config.get("Seconds")
    lasts = f"<DurationSeconds>{seconds}</DurationSeconds>" if seconds else ""
    sticky = f"<Enabled>{escape(enabled)}</Enabled>{lasts}"
    return (
        f"<ForwardConfig><TargetGroups>{groups}</TargetGroups>"
        f"<TargetGroupStickinessConfig>{sticky}</TargetGroupStickinessConfig></ForwardConfig>"
    )


def _bad_weights(params: Mapping[str, Any]) -> Response | None:
    """Return a refusal for wrong weights, missing groups, or more groups than AWS accepts."""
    for prefix in ("Actions", "DefaultActions"):
        for action in alb._parse_actions(params, prefix):
            groups = weights.groups_of(action)
            wrong = [weight for _, weight in groups if not 0 <= weight <= _HEAVIEST]
            refused: Response | None = None
            if wrong:
                message = f"Weight '{wrong[0]}' must be between 0 and {_HEAVIEST}"
                refused = alb._error("ValidationError", message)
            elif len(groups) > _MOST_GROUPS:
                message = f"An action can have at most {_MOST_GROUPS} target groups"
                refused = alb._error("TooManyTargetGroups", message)
            elif gone := [arn for arn, _ in groups if arn not in alb._tgs]:
                refused = _no_group(gone[0])
            if refused:
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

"""Requests that would find no answer, or another service's, while the rules of a listener change.

Terraform changes rules one after another: first those that are deleted, then the others in no particular
order. When a request arrives, each may be old or new: every mixture has to answer as before or as after.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.review.values import GOING, blocks, items, number, of_type, target_group_weights
from wrapper.terraform.plan import Action, Mask, Plan, ResourceChange

_RULES = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html"
# A listener's default action, for a request that no rule matches.
_NOTHING = "fixed-response"
_LAST = float("inf")
_AND = " and "
# Stands for what no claim names: a request that only wildcards match.
_ANY_LABEL, _ANY_HOST, _ANY_PATH = "any-label", "any.host", "/any/path"
Values = Mapping[str, Any]

# For each lossy change, the steps that lose nothing.
_WAY_BACK = "In two steps: alb.redirect: false first, then without a certificate."
_RENAME = (
    "In three steps: the new service beside the old one, on a route of its own; then this route for it; then "
    "without the old one."
)
_REMOVE = "In two steps: this route for the other service first, then without the old one."
_SWAP = "In two steps: that change first, on the routes as they are, then this route."
_ROUTES = (
    "In steps: what is new beside what is there first (route.default keeps the default route), then other "
    "services for routes that are there, then without what is old."
)


@dataclass(frozen=True)
class Claim:
    """A host and a path; `*` at the beginning or the end is a wildcard, "" is any."""

    host: str
    path: str

    @classmethod
    def of(cls, values: Values) -> "Claim":
        found = {
            name: str(items(block.get("values"))[0])
            for condition in blocks(values, "condition")
            for name in ("host_header", "path_pattern")
            for block in blocks(condition, name)
            if items(block.get("values"))
        }
        path = found.get("path_pattern", "")
        return cls(found.get("host_header", ""), "" if path == "/*" else path)

    def __str__(self) -> str:
        return f"{self.host}{self.path}" or "what no other rule claims"

    def takes(self, host: str, path: str) -> bool:
        return (self.host in ("", host) or (self.host.startswith("*") and host.endswith(self.host[1:]))) and (
            self.path in ("", path) or (self.path.endswith("*") and path.startswith(self.path[:-1]))
        )

    @property
    def request(self) -> tuple[str, str]:
        """Return a host and a path that it matches, and narrower claims do not."""
        host = self.host.replace("*", _ANY_LABEL) if self.host else _ANY_HOST
        return host, self.path.replace("*", "/any") if self.path else _ANY_PATH


_ALL = Claim("", "")


@dataclass(frozen=True)
class Step:
    """A rule at one priority: its target `before` and `after`, None where it does not exist."""

    priority: float
    claim: Claim
    before: str | None
    after: str | None
    resource: ResourceChange


def lost_requests(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find changes of rules and listeners that lose requests, although there is a way that does not."""
    yield from _listeners_that_go(plan)
    rules = [
        each
        for each in plan.everything
        if each.type == "aws_lb_listener_rule" and not _asks_a_header(each.after or each.before or {})
    ]
    for resource in rules:
        if sentence := _has_no_tasks(plan, resource):
            yield _finding(resource, Level.BLOCK, sentence)
    for arn in sorted({arn for each in rules if (arn := _listener(each.before))}):
        of_it = [each for each in rules if _listener(each.before or each.after) == arn]
        listeners = [each for each in plan.everything if each.type == "aws_lb_listener"]
        default = next((each for each in listeners if (each.before or {}).get("arn") == arn), None)
        # A deleted or replaced listener has a finding of its own.
        if default is None or default.action not in GOING:
            yield from _steps_apart(of_it, default)


def _asks_a_header(values: Values) -> bool:
    """Return whether a rule is for requests that no caller sends, such as those that test a new version."""
    return any(blocks(condition, "http_header") for condition in blocks(values, "condition"))


def _finding(resource: ResourceChange, level: Level, sentence: str) -> Finding:
    return Finding(rule="interruption", level=level, address=resource.address, sentence=sentence, page=_RULES)


def _listeners_that_go(plan: Plan) -> Iterator[Finding]:
    """Find listeners that are deleted while callers are still sent to them."""
    going = [each for each in of_type(plan, (Action.DELETE,), "aws_lb_listener") if each.before]
    fronts = [each for each in plan.everything if each.type in ("aws_lb_listener", "aws_lb_listener_rule")]
    is_led_to = any(_target(each.before) == "redirect" for each in fronts)
    for resource in going if not list(of_type(plan, (Action.DELETE,), "aws_lb")) else ():
        if is_led_to:
            sentence = f"It is destroyed while port 80 still leads here. {_WAY_BACK}"
        else:
            sentence = "It is destroyed: callers that still use it get no answer."
        yield _finding(resource, Level.BLOCK if is_led_to else Level.WARN, sentence)


def _has_no_tasks(plan: Plan, rule: ResourceChange) -> str:
    """Return why the new target's tasks are not those that should answer; "" if they are."""
    before, after = _target(rule.before), _target(rule.after)
    if rule.action is not Action.UPDATE or before == after or after == "redirect":
        return ""
    requests = f"Requests for {Claim.of(rule.after or {})}"
    if after == Mask.UNKNOWN:
        return f"{requests} go to tasks that are only made in the same apply, and find none. {_RENAME}"
    # One that answered them beside others, as a service beside its variants, rolls out as ever.
    answering = before.split(_AND)
    for service in of_type(plan, (Action.DELETE, Action.REPLACE, Action.UPDATE), "aws_ecs_service"):
        if before in _groups(service.before) and service.action is not Action.UPDATE:
            return f"{requests} find no task: their target is destroyed before they lead elsewhere. {_REMOVE}"
        is_newly_led_to = before != "redirect" and after not in answering
        if is_newly_led_to and after in _groups(service.before) and _runs_anew(service):
            return f"{requests} go to a service that changes in the same apply: its old tasks answer. {_SWAP}"
    return ""


def _steps_apart(rules: Sequence[ResourceChange], default: ResourceChange | None) -> Iterator[Finding]:
    """Check every kind of request that the claims of one listener distinguish."""
    steps = sorted((step for rule in rules for step in _steps(rule)), key=lambda step: step.priority)
    requests = [step.claim.request for step in steps]
    told: set[str] = set()
    for host, path in product(*(sorted(set(part)) for part in zip(*requests, strict=True))):
        met = [step for step in steps if step.claim.takes(host, path)]
        if default:
            met += [Step(_LAST, _ALL, _target(default.before), _target(default.after), default)]
        old = next((step.before for step in met if step.before), _NOTHING)
        new = next((step.after for step in met if step.after), _NOTHING)
        first = next((step for step in met if step.before != step.after), None)
        if first is None or first.resource.address in told:
            continue
        requests_for = f"requests for {first.claim}"
        if _answers(met) - {old, new}:
            told.add(first.resource.address)
            sentence = f"It changes while {requests_for} have no answer, or another service's. {_ROUTES}"
            yield _finding(first.resource, Level.BLOCK, sentence)
        elif first.after is None and old != new and (host, path) == first.claim.request:
            told.add(first.resource.address)
            then = "nobody's" if new == _NOTHING else "another rule's"
            sentence = f"It is deleted: {requests_for} are {then} from then on."
            yield _finding(first.resource, Level.WARN, sentence)


def _steps(rule: ResourceChange) -> Iterator[Step]:
    """Return the steps: a rule that changes its priority or its claim is one deleted and one created."""
    before, after = rule.before, None if rule.action is Action.REPLACE else rule.after
    here, there = (number(values, "priority") or 0.0 for values in (before, after))
    if before and after and here == there and Claim.of(before) == Claim.of(after):
        yield Step(here, Claim.of(before), _target(before), _target(after), rule)
        return
    if before:
        yield Step(here, Claim.of(before), _target(before), None, rule)
    if after:
        yield Step(there, Claim.of(after), None, _target(after), rule)


def _answers(met: Sequence[Step]) -> set[str]:
    """Return all answers to a request that some mixture of old and new rules gives."""
    found: set[str] = set()
    for step in met:
        found |= {target for target in (step.before, step.after) if target}
        if step.before and step.after:
            return found
    return found | {_NOTHING}


def _target(values: Values | None) -> str:
    """Return the target of a rule, or of a listener's default: a target group's ARN, or the kind of action.

    Of several target groups, those that get requests.
    """
    for action in blocks(values, "action") or blocks(values, "default_action"):
        arns = sorted(arn for arn, weight in target_group_weights(action).items() if weight)
        if Mask.UNKNOWN in arns:
            return Mask.UNKNOWN
        return _AND.join(arns) or str(action.get("target_group_arn") or action.get("type"))
    return ""


def _listener(values: Values | None) -> str:
    """Return a listener's ARN; "" for a new one, which nobody calls yet."""
    arn = (values or {}).get("listener_arn")
    return arn if isinstance(arn, str) and arn != Mask.UNKNOWN else ""


def _groups(service: Values | None) -> list[Any]:
    return [block.get("target_group_arn") for block in blocks(service, "load_balancer")]


def _runs_anew(service: ResourceChange) -> bool:
    return any(each.path == "task_definition" for each in service.attributes)

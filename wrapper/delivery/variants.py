"""Variants of services: which share of the requests each gets, and that none gets any untested.

The environment file declares the shares, and plans make them. A variant that is new, or changes, has none in
its plan, and gets its own after its smoke test; one that goes gives its back before its tasks end.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wrapper import releases
from wrapper.delivery import slots
from wrapper.delivery.contents import Contents
from wrapper.delivery.site import Site
from wrapper.ecs.services import LiveService, live_services
from wrapper.ecs.weights import WHOLE, shift, weights, without
from wrapper.environment import Environment
from wrapper.releases import Release
from wrapper.review.values import blocks, target_group_weights
from wrapper.smoke import was_asked
from wrapper.terraform import PlanFile
from wrapper.terraform.outputs import App, ServiceOutput
from wrapper.terraform.plan import Action, Plan

# While variants are tested, their service gets at most half as many requests again, as if one of three zones
# failed. Variants with more are rolled out as any service.
_MOST_MORE = 0.5
_SERVICE = re.compile(r'module\.ecs_service\["([^"]+)"\]\.aws_ecs_service\.service\["([^"]+)"\]')


@dataclass(frozen=True, kw_only=True)
class Share:
    """What a variant of the service `of` is to get and gets now, in percent; None before it is deployed.

    It `is_tested` if the newest release has what ECS runs, and it was asked. `applied` is what the file
    declared at the last apply; None if its state does not have that.
    """

    of: str
    declared: int
    now: int | None
    is_tested: bool = False
    applied: int | None = None

    @property
    def is_held(self) -> bool:
        """Say whether it has no requests yet, and is to get some: after its smoke test."""
        return bool(self.declared) and not self.now and not self.is_tested

    @property
    def is_as_applied(self) -> bool:
        """Say whether it gets what the last apply gave it, which may have ended before it was tested."""
        given = self.declared if self.applied is None else self.applied
        return self.now in (None, given) or not (self.now or self.is_tested)

    @property
    def short(self) -> str:
        """Return the share of its service's requests, short enough for a table."""
        return f"none yet, then {self.declared} %" if self.is_held else f"{self.now or 0} %"

    def sentence(self, name: str) -> str:
        if self.is_held:
            then = f"an apply tests it, then gives it {self.declared} % of {self.of}'s"
            return f"{name} gets no requests yet; {then}"
        return f"{name} gets {self.now or 0} % of {self.of}'s requests"

    def as_json(self) -> dict[str, Any]:
        return {"of": self.of, "declared": self.declared, "now": self.now}


def shares(site: Site, environment: Environment, app: App | None) -> dict[str, Share]:
    """Read what each variant gets from its service's rules, and from the newest release what is tested."""
    deployed = {name: app.services[name] for name in environment.variants if app and name in app.services}
    bucket, tell = site.command.environment.state_bucket, site.command.console.warn
    newest = releases.newest(site.aws, bucket=bucket, tell=tell) if deployed else None
    names = [output.service_name for output in deployed.values()]
    live = live_services(site.aws, cluster=site.command.environment.cluster_name, names=names)
    return {
        name: Share(of=service, declared=declared.weight, now=None)
        if name not in deployed
        else Share(
            of=service,
            declared=declared.weight,
            now=_now(site, deployed[name]),
            is_tested=_is_tested(newest, name, live.get(deployed[name].service_name) or deployed[name]),
            applied=deployed[name].declared_weight,
        )
        for name, (service, declared) in environment.variants.items()
    }


def is_first_test(last: Release, draft: Release) -> bool:
    """Say whether a variant was asked that ran no task when the last release was recorded."""
    return any(
        was_asked(draft.services[name].verdict) and not was_asked(last.services[name].verdict)
        for name in last.variants & draft.variants
    )


def headers_of(environment: Environment, name: str, output: ServiceOutput) -> dict[str, str] | None:
    """Return what leads to this service alone where others answer at its route, too; None where none do."""
    return {"X-Slot": output.header} if environment.shares_route(name) else None


def held(found: Mapping[str, Share]) -> tuple[str, ...]:
    """Return the variants that a plan must give no requests, since they have none yet."""
    return tuple(name for name, share in found.items() if share.is_held)


def changing(
    site: Site, contents: Contents, planned: PlanFile, found: Mapping[str, Share]
) -> tuple[str, ...]:
    """Return the variants that a plan changes, and that are to be tested before they get requests again.

    None is returned that has no tasks to ask, or a share that is too large for its service.
    """
    changed = {each.address for each in planned.changes}
    kept = {share.of: WHOLE for share in found.values()}
    for share in found.values():
        kept[share.of] -= share.now or 0
    moved: Counter[str] = Counter()
    held = []
    for name, share in found.items():
        is_asked = share.declared and not contents.releases[name].is_asleep
        if share.now is None or name in contents.held or not is_asked or changed.isdisjoint(_addresses(name)):
            continue
        if moved[share.of] + share.now <= _MOST_MORE * kept[share.of]:
            moved[share.of] += share.now
            held.append(name)
        else:
            site.command.console.note(
                f"{name}: its new version gets requests before its test: its {share.now} % are too many for "
                f"{share.of}, which gets {kept[share.of]} %."
            )
    return tuple(held)


def _addresses(name: str) -> tuple[str, str]:
    service = f'module.ecs_service["{name}"].aws_ecs_service.service["blue"]'
    return slots.task_definition_address(name), service


def notes(site: Site, environment: Environment, contents: Contents) -> Iterator[str]:
    """Say in words what an apply changes in who gets which requests."""
    app = site.app()
    for name, share in shares(site, environment, app).items():
        if share.is_held:
            yield f"{name}: tested first, then it gets {share.declared} % of {share.of}'s requests."
        elif name in contents.held:
            gets = f"gets {share.declared} % of {share.of}'s requests again"
            yield f"{name}: its new version is tested without requests, then it {gets}."
        elif share.now is not None and share.now != share.declared:
            yield f"{name}: gets {share.declared} % of {share.of}'s requests instead of {share.now} %."
    deployed = app.services if app else {}
    for name in deployed.keys() - environment.services.keys():
        rules, now = deployed[name].rule_arns, _now(site, deployed[name])
        beside = [
            each for each in environment.services if each in deployed and deployed[each].rule_arns == rules
        ]
        if now and beside:
            yield f"{name}: goes, and its {now} % of {beside[0]}'s requests go to what stays."


def let_in(site: Site, environment: Environment, app: App, contents: Contents) -> None:
    """Give the variants that were held what they are declared to get: they have been tested."""
    waiting = [
        (name, share)
        for name, share in shares(site, environment, app).items()
        if (share.is_held or name in contents.held) and not contents.releases[name].is_asleep
    ]
    for service in dict.fromkeys(share.of for _, share in waiting):
        told = ", ".join(f"{name} {share.declared} %" for name, share in waiting if share.of == service)
        with site.command.console.step(f"Give {told} of {service}'s requests"):
            declared = {
                name: weight
                for name, weight in declared_weights(environment, service).items()
                if not contents.releases[name].is_asleep or name == service
            }
            groups = {app.services[name].target_group_arn: weight for name, weight in declared.items()}
            shift(
                site.aws,
                app.services[service].rule_arns,
                groups,
                sticky_seconds=environment.services[service].route.sticky_seconds,
            )


def declared_weights(environment: Environment, service: str) -> dict[str, int]:
    """Return the weights of a service and its variants as the file has them: together 100."""
    found = {name: each.weight for name, (of, each) in environment.variants.items() if of == service}
    return {service: WHOLE - sum(found.values()), **found}


def take_leave(site: Site, plans: Sequence[Plan]) -> None:
    """Give the requests of what plans destroy, or leave none, to what stays beside it.

    An apply changes services and rules in any order.
    """
    going = [
        found.groups()
        for plan in plans
        for each in plan.by_action(Action.DELETE)
        if (found := _SERVICE.fullmatch(each.address))
    ]
    emptied = {arn for plan in plans for arn in _emptied(plan)}
    app = site.app() if going or emptied else None
    for service, slot in going:
        output = app.services.get(service) if app else None
        if output and slot in output.slots and output.rule_arns:
            without(site.aws, output.rule_arns, output.slots[slot].target_group_arn)
    for name in site.command.environment.variants:
        output = app.services.get(name) if app else None
        if output and output.target_group_arn in emptied:
            without(site.aws, output.rule_arns, output.target_group_arn)


def _emptied(plan: Plan) -> Iterator[str]:
    """Return the target groups that get requests, and none after the plan."""
    for each in plan.by_action(Action.UPDATE):
        if each.type == "aws_lb_listener_rule":
            before, after = _weights(each.before), _weights(each.after)
            yield from (arn for arn, weight in before.items() if weight and after.get(arn) == 0)


def _weights(rule: Mapping[str, Any] | None) -> dict[str, float | None]:
    return dict(pair for action in blocks(rule, "action") for pair in target_group_weights(action).items())


def _is_tested(newest: Release | None, name: str, deployed: LiveService | ServiceOutput) -> bool:
    record = newest.services.get(name) if newest else None
    if record is None or record.task_definition_arn != deployed.task_definition_arn:
        return False
    return was_asked(record.verdict)


def _now(site: Site, output: ServiceOutput) -> int:
    there = weights(site.aws, output.rule_arns)
    whole = sum(there.values())
    return round(WHOLE * there.get(output.target_group_arn, 0) / whole) if whole else 0

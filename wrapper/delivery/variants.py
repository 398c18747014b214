"""Variants of services: which share of the requests each gets, and that none gets any untested.

The environment file declares the shares, and plans make them. A variant that is new has none in its plan, and
gets its own after its smoke test; one that goes gives its back before its tasks end.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from wrapper import releases
from wrapper.delivery.contents import Contents
from wrapper.delivery.site import Site
from wrapper.ecs.weights import WHOLE, shift, weights, without
from wrapper.environment import Environment
from wrapper.releases import Release
from wrapper.smoke import was_asked
from wrapper.terraform.outputs import App, ServiceOutput
from wrapper.terraform.plan import Action, Plan

_SERVICE = re.compile(r'module\.ecs_service\["([^"]+)"\]\.aws_ecs_service\.service\["([^"]+)"\]')


@dataclass(frozen=True, kw_only=True)
class Share:
    """What a variant of the service `of` is to get and gets now, in percent; None before it is deployed.

    It `is_tested` if the newest release has what is deployed, and it was asked. `applied` is what the file
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
    return {
        name: Share(of=service, declared=declared.weight, now=None)
        if name not in deployed
        else Share(
            of=service,
            declared=declared.weight,
            now=_now(site, deployed[name]),
            is_tested=_is_tested(newest, name, deployed[name]),
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


def held(site: Site, environment: Environment, app: App | None) -> tuple[str, ...]:
    """Return the variants that a plan must give no requests, since they have none yet."""
    return tuple(name for name, share in shares(site, environment, app).items() if share.is_held)


def notes(site: Site, environment: Environment) -> Iterator[str]:
    """Say in words what an apply changes in who gets which requests."""
    app = site.app()
    for name, share in shares(site, environment, app).items():
        if share.is_held:
            yield f"{name}: tested first, then it gets {share.declared} % of {share.of}'s requests."
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
    """Give the variants that have no requests what they are declared to get: they have been tested."""
    waiting = [
        (name, share)
        for name, share in shares(site, environment, app).items()
        if share.is_held and not contents.releases[name].is_asleep
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


def take_leave(site: Site, plans: Iterable[Plan]) -> None:
    """Give the requests of what plans destroy to what stays beside it: an apply ends tasks in any order."""
    going = [
        found.groups()
        for plan in plans
        for each in plan.by_action(Action.DELETE)
        if (found := _SERVICE.fullmatch(each.address))
    ]
    app = site.app() if going else None
    for service, slot in going:
        output = app.services.get(service) if app else None
        if output and slot in output.slots and output.rule_arns:
            without(site.aws, output.rule_arns, output.slots[slot].target_group_arn)


def _is_tested(newest: Release | None, name: str, output: ServiceOutput) -> bool:
    record = newest.services.get(name) if newest else None
    is_deployed = record is not None and record.task_definition_arn == output.task_definition_arn
    return record is not None and is_deployed and was_asked(record.verdict)


def _now(site: Site, output: ServiceOutput) -> int:
    there = weights(site.aws, output.rule_arns)
    whole = sum(there.values())
    return round(WHOLE * there.get(output.target_group_arn, 0) / whole) if whole else 0

"""Which version a plan puts into which slot of a service, from where its versions stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from wrapper import releases
from wrapper.delivery.contents import Contents
from wrapper.delivery.site import Site
from wrapper.delivery.standing import SLOTS, Standing, as_lines
from wrapper.ecs.weights import WHOLE, give
from wrapper.environment import Environment, Service
from wrapper.environment.release import ServiceRelease, SlotRelease
from wrapper.releases import ServiceRecord
from wrapper.terraform import PlanFile

# The settings that shape a service and its target group: an old version keeps those of its release.
_RECORDED = ("port", "protocol", "exec", "capacity", "health", "rollout")
# What changes no task: a version that differs in nothing else is the same.
_NO_VERSION = frozenset({"alarms", "egress", "health", "rollout", "route", "scaling", "smoke", "variants"})
# So many of the newest releases are looked through for what an old slot runs.
_RELEASES = 10


def arranged(
    site: Site, environment: Environment, contents: Contents, found: Mapping[str, Standing]
) -> Contents:
    """Say what a plan has to put into which slot, as far as that is known before there is one.

    A version of which nobody knows yet that it differs stays in the good slot: see `with_candidates`.
    """
    for line in as_lines(found, environment):
        site.command.console.note(line)
    slots, candidates = {}, {}
    for name, stands in found.items():
        service, release = environment.services[name], contents.releases[name]
        planned, candidate = plan_slots(
            service, stands, release, now=site.aws.now(), record_of=partial(_record_of, site, name)
        )
        if planned != {SLOTS[0]: _alone(stands, release)}:
            slots[name] = planned
        if candidate:
            candidates[name] = candidate
    return replace(contents, slots=slots, candidates=candidates)


def new_versions(
    environment: Environment, contents: Contents, planned: PlanFile, found: Mapping[str, Standing]
) -> dict[str, Standing]:
    """Return the services whose good slot would get another version by the plan, and should not.

    So would a candidate that gets requests already.
    """
    changed = {each.address for each in planned.changes if each.action in ("create", "replace")}
    return {
        name: stands
        for name, stands in found.items()
        if task_definition_address(name) in changed
        and _would_change(contents, name, stands)
        and _is_tested(environment.services[name], stands, contents.releases[name])
    }


def _would_change(contents: Contents, name: str, stands: Standing) -> bool:
    if name in contents.candidates:
        return contents.slots[name][contents.candidates[name]].weight > 0
    slots = contents.slots.get(name, {})
    return stands.good not in slots or slots[stands.good].task_definition_arn is None


def with_candidates(environment: Environment, contents: Contents, found: Mapping[str, Standing]) -> Contents:
    """Put the version of these services into the slot beside the good one, without a request."""
    slots = {
        name: _beside(environment.services[name], stands, contents.releases[name], weight=0)
        for name, stands in found.items()
    }
    candidates = {name: stands.idle for name, stands in found.items()}
    return replace(
        contents,
        slots={**contents.slots, **slots},
        candidates={**contents.candidates, **candidates},
    )


def settle(site: Site, environment: Environment, contents: Contents, found: Mapping[str, Standing]) -> None:
    """Give the requests to those slots that the contents say, before a plan is applied that may end others.

    Only ever to the good slot: what a candidate gets beyond, it gets step by step.
    """
    for name, stands in found.items():
        planned = contents.slots.get(name, {})
        if stands.other is None:
            continue
        wanted = planned[stands.other].weight if stands.other in planned else 0
        if stands.share > wanted:
            give(site.aws, stands.output, stands.other, wanted)
            site.command.console.warn(
                f"{name}: {stands.phase(environment.services[name])}; {stands.good} gets all of them again."
            )


@dataclass(frozen=True, kw_only=True)
class Round:
    """Which shares in percent new versions get together, by service, and how long they are watched then."""

    shares: Mapping[str, int]
    minutes: float


def rounds(services: Mapping[str, Service], *, begun: Mapping[str, int] | None = None) -> list[Round]:
    """Return the steps of several canaries: those of one number at once, watched as long as the longest.

    What was ended half-way has `begun`, and continues from its share on.
    """
    left = {
        name: [each for each in service.rollout.canary.steps if each >= (begun or {}).get(name, 0)]
        for name, service in services.items()
        if service.rollout.strategy == "canary"
    }
    found = []
    for number in range(max(map(len, left.values()), default=0)):
        shares = {name: steps[number] for name, steps in left.items() if number < len(steps)}
        minutes = max(services[name].rollout.canary.minutes for name in shares)
        found.append(Round(shares=shares, minutes=minutes))
    return found


def phases(environment: Environment, contents: Contents) -> tuple[str, ...]:
    """Say of each candidate what follows the plan, and how long that takes beside the roll-out.

    All of them get all requests when the slowest does.
    """
    services = {name: environment.services[name] for name in contents.candidates}
    seconds = max((float(each.rollout.bake_seconds) for each in services.values()), default=0.0)
    seconds += sum(each.minutes * 60 for each in rounds(services))
    return tuple(f"{name}: {_phases(service, seconds)}." for name, service in services.items())


def _phases(service: Service, seconds: float) -> str:
    rollout = service.rollout
    told = [
        "both versions run",
        f"the new one is tested without requests and watched for {rollout.bake_seconds} s",
    ]
    if rollout.strategy == "canary":
        steps = ", ".join(str(share) for share in rollout.canary.steps)
        told.append(f"gets {steps} % of the requests for {rollout.canary.minutes:g} min each")
    took = f"{seconds / 60:.3g} min after its roll-out" if seconds else "as soon as it is up"
    return f"{', '.join(told)}, then all, {took}; the old one goes {rollout.keep_minutes} min later"


def plan_slots(
    service: Service,
    stands: Standing,
    release: ServiceRelease,
    *,
    now: datetime,
    record_of: Callable[[str], ServiceRecord | None],
) -> tuple[dict[str, SlotRelease], str | None]:
    """Return what goes into the slots of a service, and which of them is a candidate; pure.

    `record_of` gives the record of a task definition's ARN. Whether the version of the plan is a new one is
    known here only if the good slot has another one than the last plan: then records are compared.
    """
    alone = {stands.good: _alone(stands, release)}
    if not _is_tested(service, stands, release):
        return alone, None
    if stands.is_newest_good:
        until = stands.kept_until(service)
        if stands.other is None or until is None or now >= until:
            return alone, None
        old = replace(
            _roomy(_alone(stands, release, slot=stands.other), service),
            weight=0,
            task_definition_arn=stands.revision(stands.other),
            settings=_settings(record_of(stands.revision(stands.other)), service),
        )
        return {**alone, stands.other: old}, None
    if _runs(stands.record, service, release):
        return {stands.good: _pinned(stands, release, WHOLE)}, None
    return _beside(service, stands, release, weight=stands.share), stands.idle


def _is_tested(service: Service, stands: Standing, release: ServiceRelease) -> bool:
    """Say whether a new version is tested beside the old one: there must be one, and tasks to ask."""
    return service.rollout.strategy != "rolling" and stands.record is not None and not release.is_asleep


def _beside(
    service: Service, stands: Standing, release: ServiceRelease, *, weight: int
) -> dict[str, SlotRelease]:
    new = replace(_alone(stands, release), weight=weight)
    old = _roomy(_pinned(stands, release, WHOLE - weight), service)
    return {stands.good: old, stands.idle: new}


def _roomy(slot: SlotRelease, service: Service) -> SlotRelease:
    """Keep the tasks of a slot whose requests go elsewhere: autoscaling ends them, and they may come back."""
    limits = slot.limits or service.scaling.limits
    return replace(slot, limits=limits._replace(min=min(max(slot.desired_count, limits.min), limits.max)))


def _alone(stands: Standing, release: ServiceRelease, *, slot: str | None = None) -> SlotRelease:
    live = stands.live.get(slot or stands.good)
    desired = live.desired if live and slot else release.desired_count
    return SlotRelease(weight=WHOLE, desired_count=desired, limits=release.limits)


def _pinned(stands: Standing, release: ServiceRelease, weight: int) -> SlotRelease:
    """Leave the good slot as it is: its version, and what that asked for."""
    assert stands.record  # else nothing is tested beside it
    return replace(
        _alone(stands, release),
        weight=weight,
        task_definition_arn=stands.revision(stands.good),
        settings=_settings(stands.record, None),
    )


def _record_of(site: Site, name: str, arn: str) -> ServiceRecord | None:
    """Return the newest record of a service that ran this task definition."""
    bucket = site.command.environment.state_bucket
    found = islice(releases.releases(site.aws, bucket=bucket, tell=site.command.console.warn), _RELEASES)
    records = (each.services[name] for each in found if name in each.services)
    return next((record for record in records if record.task_definition_arn == arn), None)


def _settings(record: ServiceRecord | None, service: Service | None) -> dict[str, Any]:
    """Return those settings by which a service is made; as the file has them where no release has."""
    settings = record.settings if record else service.model_dump(mode="json") if service else {}
    return {key: settings[key] for key in _RECORDED if key in settings}


def _runs(record: ServiceRecord | None, service: Service, release: ServiceRelease) -> bool:
    """Say whether the release that is wanted is the one that was recorded."""
    if record is None or (record.image, record.model) != (release.image, release.model):
        return False
    now, then = service.model_dump(mode="json"), record.settings
    return all(now[key] == then.get(key) for key in now if key not in _NO_VERSION)


def task_definition_address(name: str) -> str:
    return f'module.ecs_service["{name}"].aws_ecs_task_definition.service'

"""The slots of a service: one of the two has the released version, the other may have a newer one.

Which slot is which is read from AWS and from the newest release, so that an interrupted run left
nothing else behind: the good slot runs what the release has, the weights say who gets requests.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from wrapper import releases
from wrapper.delivery.contents import Contents
from wrapper.delivery.site import Site
from wrapper.ecs.services import LiveService, live_services
from wrapper.ecs.weights import WHOLE, shift
from wrapper.environment import Environment, Service
from wrapper.environment.release import ServiceRelease, SlotRelease
from wrapper.releases import Release, ServiceRecord
from wrapper.terraform import PlanFile
from wrapper.terraform.outputs import App, ServiceOutput

SLOTS = ("blue", "green")
# By what settings a version's service and target group are made: an old version keeps its own.
_KEPT = ("port", "protocol", "exec", "capacity", "health", "rollout")
# What changes no task: a version that differs in nothing else is the same.
_NO_VERSION = frozenset({"alarms", "egress", "health", "rollout", "route", "scaling", "smoke"})
# So many of the newest releases are looked through for what an old slot runs.
_RELEASES = 10


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where one service stands.

    `live` is what ECS has in each slot; `good` is the slot that runs the newest release, whose record of the
    service is `record`, made at `recorded_at`; without one it is the slot with most of the requests.
    """

    name: str
    output: ServiceOutput
    live: Mapping[str, LiveService]
    good: str
    record: ServiceRecord | None
    recorded_at: datetime | None

    @property
    def other(self) -> str | None:
        """Return the slot beside the good one; None if there is none."""
        return next((slot for slot in self.output.slots if slot != self.good), None)

    @property
    def idle(self) -> str:
        """Return the name of the slot beside the good one, whether it is there or not."""
        return next(slot for slot in SLOTS if slot != self.good)

    @property
    def share(self) -> int:
        """Return which share of the requests the other slot gets, in percent."""
        return self.output.share_of(self.other) if self.other else 0

    @property
    def is_newest_good(self) -> bool:
        """Say whether the version of the last plan is the good one: then the other slot has an old one."""
        return self.output.newest == self.good

    def revision(self, slot: str) -> str:
        """Return the ARN of the task definition that a slot runs."""
        found = self.live.get(slot)
        return found.task_definition_arn if found else self.output.slots[slot].task_definition_arn

    def kept_until(self, service: Service) -> datetime | None:
        """Return until when the other slot stays for a rollback; None if it has no version to go back to."""
        if self.other is None or self.recorded_at is None or self.share:
            return None
        return self.recorded_at + timedelta(minutes=service.rollout.keep_minutes)

    def phase(self, service: Service) -> str:
        """Say in words how far a roll-out is; "" for a service that is in one slot."""
        if self.other is None:
            return ""
        if self.share:
            return f"{self.other} gets {self.share} % of the requests, and is no release yet"
        until = self.kept_until(service)
        if self.is_newest_good and until:
            return f"{self.other} has the version before, until {until.isoformat(timespec='minutes')}"
        return f"{self.other} has a version that gets no request"


def standings(site: Site, environment: Environment, *, app: App | None = None) -> dict[str, Standing]:
    """Look where each deployed service stands; none before the first apply."""
    app = app or site.app()
    if app is None:
        return {}
    services = {name: _slotted(app.services[name]) for name in environment.services if name in app.services}
    names = [slot.service_name for output in services.values() for slot in output.slots.values()]
    live = live_services(site.aws, cluster=environment.cluster_name, names=names)
    newest = releases.newest(site.aws, bucket=environment.state_bucket, tell=site.command.console.warn)
    return {name: _standing(name, output, live, newest) for name, output in services.items()}


def fronts(site: Site, names: Iterable[str]) -> dict[str, LiveService]:
    """Return what ECS has of these services, each in the slot that gets most of its requests."""
    app = site.app()
    known = app.services if app else {}
    there = {name: known[name].service_name if name in known else name for name in names}
    found = live_services(site.aws, cluster=site.command.environment.cluster_name, names=list(there.values()))
    return {name: found[each] for name, each in there.items() if each in found}


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
            service, stands, release, now=datetime.now(UTC), record_of=partial(_record_of, site, name)
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
        if _address(name) in changed
        and _would_change(contents, name, stands)
        and _is_tested(environment.services[name], stands, contents.releases[name])
    }


def _would_change(contents: Contents, name: str, stands: Standing) -> bool:
    if name in contents.candidates:
        return contents.slots[name][contents.candidates[name]].weight > 0
    slots = contents.slots.get(name, {})
    return stands.good not in slots or slots[stands.good].task_definition_arn is None


def with_candidates(contents: Contents, found: Mapping[str, Standing]) -> Contents:
    """Put the version of these services into the slot beside the good one, without a request."""
    slots = {name: _beside(stands, contents.releases[name], weight=0) for name, stands in found.items()}
    candidates = {name: stands.idle for name, stands in found.items()}
    return replace(
        contents,
        slots={**contents.slots, **slots},
        candidates={**contents.candidates, **candidates},
    )


def at_once(site: Site, environment: Environment, release: Release) -> dict[str, Standing]:
    """Return whom requests are given to for the release to run again, each standing at the slot that has it.

    None is returned for a release that does not stand ready, or has all the requests already.
    """
    found = standings(site, environment)
    ready: dict[str, Standing] = {}
    for name, record in release.services.items():
        stands = found.get(name)
        there = [
            slot
            for slot, live in (stands.live.items() if stands else ())
            if live.task_definition_arn == record.task_definition_arn and (live.running or not live.desired)
        ]
        if stands is None or not there:
            return {}
        if not any(stands.output.share_of(slot) == WHOLE for slot in there):
            ready[name] = replace(stands, good=there[0])
    return ready


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
            give(site, stands.output, {stands.other: wanted})
            site.command.console.warn(
                f"{name}: {stands.phase(environment.services[name])}; {stands.good} gets all of them again."
            )


def phases(environment: Environment, contents: Contents) -> tuple[str, ...]:
    """Say of each candidate what follows the plan, and how long that takes beside the roll-out."""
    return tuple(f"{name}: {_phases(environment.services[name])}." for name in contents.candidates)


def _phases(service: Service) -> str:
    rollout = service.rollout
    seconds = float(rollout.bake_seconds)
    told = [
        "both versions run",
        f"the new one is tested without requests and watched for {rollout.bake_seconds} s",
    ]
    if rollout.strategy == "canary":
        seconds += len(rollout.canary.steps) * rollout.canary.minutes * 60
        steps = ", ".join(str(share) for share in rollout.canary.steps)
        told.append(f"gets {steps} % of the requests for {rollout.canary.minutes:g} min each")
    took = f"{seconds / 60:.3g} min after its roll-out" if seconds else "as soon as it is up"
    return f"{', '.join(told)}, then all, {took}; the old one goes {rollout.keep_minutes} min later"


def give(site: Site, output: ServiceOutput, shares: Mapping[str, int]) -> None:
    """Give one of two slots a share in percent, and the other the rest."""
    [(slot, share)] = shares.items()
    weights = {
        there.target_group_arn: share if name == slot else WHOLE - share
        for name, there in output.slots.items()
    }
    shift(site.aws, output.rule_arns, weights)


def _slotted(output: ServiceOutput) -> ServiceOutput:
    """Give a service of a state from before its one slot."""
    return output if output.slots else output.in_one_slot(SLOTS[0])


def _standing(
    name: str, output: ServiceOutput, live: Mapping[str, LiveService], newest: Release | None
) -> Standing:
    there = {
        slot: live[each.service_name] for slot, each in output.slots.items() if each.service_name in live
    }
    record = newest.services.get(name) if newest else None
    runs = {
        slot: there[slot].task_definition_arn if slot in there else each.task_definition_arn
        for slot, each in output.slots.items()
    }
    released = [slot for slot, arn in runs.items() if record and arn == record.task_definition_arn]
    # One that is released and stands twice is that with the requests.
    heaviest = sorted(runs, key=lambda slot: (-output.share_of(slot), output.slots[slot].is_newest))
    good = next((slot for slot in heaviest if slot in released), heaviest[0])
    return Standing(
        name=name,
        output=output,
        live=there,
        good=good,
        record=record,
        recorded_at=datetime.fromisoformat(newest.at) if newest and record else None,
    )


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
            _alone(stands, release, slot=stands.other),
            weight=0,
            task_definition_arn=stands.revision(stands.other),
            kept=_settings(record_of(stands.revision(stands.other)), service),
        )
        return {**alone, stands.other: old}, None
    if _runs(stands.record, service, release):
        return {stands.good: _pinned(stands, release, WHOLE)}, None
    return _beside(stands, release, weight=stands.share), stands.idle


def _is_tested(service: Service, stands: Standing, release: ServiceRelease) -> bool:
    """Say whether a new version is tested beside the old one: there must be one, and tasks to ask."""
    return service.rollout.strategy != "rolling" and stands.record is not None and not release.is_asleep


def _beside(stands: Standing, release: ServiceRelease, *, weight: int) -> dict[str, SlotRelease]:
    new = replace(_alone(stands, release), weight=weight)
    return {stands.good: _pinned(stands, release, WHOLE - weight), stands.idle: new}


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
        kept=_settings(stands.record, None),
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
    return {key: settings[key] for key in _KEPT if key in settings}


def _runs(record: ServiceRecord | None, service: Service, release: ServiceRelease) -> bool:
    """Say whether the release that is wanted is the one that was recorded."""
    if record is None or (record.image, record.model) != (release.image, release.model):
        return False
    now, then = service.model_dump(mode="json"), record.settings
    return all(now[key] == then.get(key) for key in now if key not in _NO_VERSION)


def _address(name: str) -> str:
    return f'module.ecs_service["{name}"].aws_ecs_task_definition.service'


def as_lines(found: Mapping[str, Standing], environment: Environment) -> Iterator[str]:
    """Say of each service that is in two slots how far it is."""
    for name, stands in found.items():
        if phase := stands.phase(environment.services[name]):
            yield f"{name}: {phase}"


def as_json(stands: Standing, service: Service) -> dict[str, Any]:
    """Return the slots for a script: what each runs, its share of the requests, what it is."""
    return {
        "good": stands.good,
        "phase": stands.phase(service),
        "slots": {
            slot: {
                "share": stands.output.share_of(slot),
                "service": there.service_name,
                "task_definition": stands.revision(slot),
                **({"tasks": asdict(stands.live[slot])} if slot in stands.live else {}),
            }
            for slot, there in stands.output.slots.items()
        },
    }

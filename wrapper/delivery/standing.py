"""The slots of a service: one of the two has the released version, the other may have a newer one.

Which slot is which is read from AWS and from the newest release, so that an interrupted run left
nothing else behind: the good slot runs what the release has, the weights say who gets requests.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from wrapper import releases
from wrapper.delivery.site import Site
from wrapper.ecs.services import LiveService, live_services
from wrapper.ecs.weights import WHOLE
from wrapper.environment import Environment, Service
from wrapper.releases import Release, ServiceRecord
from wrapper.terraform.outputs import App, ServiceOutput

SLOTS = ("blue", "green")


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

    @property
    def entering(self) -> str | None:
        """Return the slot of a new version, to which the header leads, beside the old one that gets requests.

        None without: the header leads to the version of the last plan, and to no other.
        """
        is_new = self.other is not None and self.other == self.output.newest
        return self.other if is_new and self.share < WHOLE else None

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


def at_once(found: Mapping[str, Standing], release: Release) -> dict[str, Standing]:
    """Return whom requests are given to for the release to run again, each standing at the slot that has it.

    None is returned for a release that does not stand ready, or has all the requests already, or shares them
    with a candidate: that takes a plan to be gone.
    """
    ready: dict[str, Standing] = {}
    for name, record in release.services.items():
        stands = found.get(name)
        there = [
            slot
            for slot, live in (stands.live.items() if stands else ())
            if live.task_definition_arn == record.task_definition_arn and (live.running or not live.desired)
        ]
        if stands is None or not there or (stands.good in there and stands.share):
            return {}
        if not any(stands.output.share_of(slot) == WHOLE for slot in there):
            ready[name] = replace(stands, good=there[0])
    return ready


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

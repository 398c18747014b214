"""What `status` shows: services, their tasks, their targets, what they run, the last release."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from wrapper import releases
from wrapper.aws.client import explained
from wrapper.delivery import standing, variants
from wrapper.delivery.site import Site
from wrapper.delivery.variants import Share
from wrapper.ecs import alarms, jobs, load
from wrapper.ecs.alarms import Alarm
from wrapper.ecs.jobs import JobStatus
from wrapper.ecs.load import Load
from wrapper.ecs.measures import Place
from wrapper.ecs.pauses import Pause, paused
from wrapper.ecs.rollout import ServiceTarget
from wrapper.ecs.rollout.observation import observe
from wrapper.ecs.rollout.snapshot import Snapshot
from wrapper.ecs.services import LiveService, release_of, slot_names
from wrapper.environment import Service
from wrapper.environment.release import ServiceRelease
from wrapper.errors import PreconditionError
from wrapper.releases import Release

HEADINGS = ("SERVICE", "STATE", "TASKS", "TARGETS", "RATE", "ERRORS", "P95", "IMAGE", "MODEL", "ALARMS")
TASK_HEADINGS = ("TASK", "SERVICE", "STATUS", "AGE", "ADDRESS", "TARGET")
JOB_HEADINGS = ("JOB", "STATE", "TASK", "AGE", "EXIT CODE")
_SHORT = 12
# One hour in minutes; and how old AWS's metrics may be, whose minutes are late anyway.
MINUTES, KEPT_SECONDS = 60, 30.0
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class ServiceStatus:
    """A service that ECS has; `snapshot` has the tasks of its task definition, and their targets.

    `may_sleep`: it has hours, outside of which no task is right; `least` is the required number otherwise.
    `pause` is None unless it was paused. `load` is None if CloudWatch has no data.
    """

    service: LiveService
    release: ServiceRelease
    snapshot: Snapshot
    may_sleep: bool = False
    least: int = 0
    pause: Pause | None = None
    load: Load | None = None

    @property
    def state(self) -> str:
        if self.pause:
            return "paused"
        service = self.service
        if self.may_sleep and service.desired == service.running == 0:
            return "asleep"
        # ECS still calls a deployment complete when it runs no task any more, or its tasks end one after
        # another.
        gave_up = not service.desired and self.least
        loses_tasks = service.desired and not service.running and self.snapshot.failed
        is_down = service.state == "COMPLETED" and (gave_up or loses_tasks)
        return "failed" if is_down else service.state.lower()

    @property
    def ok(self) -> bool:
        healthy, service = len(self.snapshot.healthy), self.service
        is_complete = service.state == "COMPLETED" and self.state != "failed"
        return is_complete and healthy == service.desired == service.running

    def row(self) -> tuple[str, ...]:
        healthy, service = len(self.snapshot.healthy), self.service
        model = self.release.model.label if self.release.model else "-"
        image = self.release.image.rpartition(":")[2][:_SHORT]
        targets = "group is missing" if self.snapshot.lost_group else f"{healthy}/{service.desired} healthy"
        return (
            service.name,
            self.state,
            f"{service.running}/{service.desired} running",
            targets,
            *measures_of(self.load),
            image,
            model,
        )

    def task_rows(self, now: datetime) -> Iterator[tuple[str, ...]]:
        for task in self.snapshot.tasks:
            target = self.snapshot.target_of(task)
            yield (
                task.id[:_SHORT],
                self.service.name,
                task.status.lower(),
                age_of((now - task.created_at).total_seconds()),
                task.address or "-",
                target.state if target else "-",
            )

    def as_json(self) -> dict[str, Any]:
        tasks = [
            {"id": task.id, "status": task.status, "address": task.address, "target": target and target.state}
            for task in self.snapshot.tasks
            for target in [self.snapshot.target_of(task)]
        ]
        return {
            **asdict(self.service),
            "ok": self.ok,
            "asleep": self.state == "asleep",
            "paused": asdict(self.pause) if self.pause else None,
            "healthy": len(self.snapshot.healthy),
            "target_group_is_gone": self.snapshot.lost_group,
            "image": self.release.image,
            "model": asdict(self.release.model) if self.release.model else None,
            "load": self.load and load_json(self.load),
            "tasks": tasks,
        }


@dataclass(frozen=True, kw_only=True)
class Status:
    """The status of an environment at one moment. A service is None if ECS does not have it; `at` is UTC."""

    environment: str
    at: datetime
    url: str | None
    release: Release | None
    services: Mapping[str, ServiceStatus | None]
    alarms: tuple[Alarm, ...] = ()
    slots: tuple[str, ...] = ()
    variants: Mapping[str, Share] = field(default_factory=dict)
    jobs: Mapping[str, JobStatus] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return all(each is not None and each.ok for each in self.services.values())

    def facts(self) -> list[tuple[str, str]]:
        last = f"{self.release.number} of {self.release.at} by {self.release.who}" if self.release else "none"
        rings = [
            f"{alarm.name} for {age_of((self.at - alarm.since).total_seconds())}" for alarm in self.alarms
        ]
        return [
            ("URL", self.url or "not deployed"),
            ("Release", last),
            ("Alarms", ", ".join(rings) or "none"),
            *(("Slots", line) for line in self.slots),
            *(("Variant", share.sentence(name)) for name, share in self.variants.items()),
            *(
                ("Missing", f"the target group of {name}: an apply creates it again")
                for name in self._groupless()
            ),
        ]

    def rows(self) -> list[tuple[str, ...]]:
        absent = ("not deployed", *["-"] * (len(HEADINGS) - 3))
        services = {name: each.row() if each else (name, *absent) for name, each in self.services.items()}
        return [HEADINGS, *((*row, self._ringing(name)) for name, row in services.items())]

    def _groupless(self) -> Iterator[str]:
        return (name for name, each in self.services.items() if each and each.snapshot.lost_group)

    def _ringing(self, service: str) -> str:
        """Name the kinds of the service's alarms that are in alarm, such as `errors, cpu`."""
        kinds = (alarm.name.removeprefix(f"{service}-").removeprefix("green-") for alarm in self.alarms)
        return ", ".join(kind for kind in kinds if kind in alarms.KINDS) or "-"

    def task_rows(self) -> list[tuple[str, ...]]:
        there = [each for each in self.services.values() if each]
        return [TASK_HEADINGS, *(row for each in there for row in each.task_rows(self.at))]

    def job_rows(self) -> list[tuple[str, ...]]:
        return [JOB_HEADINGS, *(self._job_row(each) for each in self.jobs.values())]

    def _job_row(self, job: JobStatus) -> tuple[str, ...]:
        if job.task is None:
            return (job.name, job.state, "-", "-", "-")
        code = "-" if job.exit_code is None else str(job.exit_code)
        return (
            job.name,
            job.state,
            job.task.id[:_SHORT],
            age_of((self.at - job.task.created_at).total_seconds()),
            code,
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "ok": self.ok,
            "at": self.at.isoformat(timespec="seconds"),
            "url": self.url,
            "release": self.release.as_json() if self.release else None,
            "slots": list(self.slots),
            "variants": {name: share.as_json() for name, share in self.variants.items()},
            "services": {name: each.as_json() if each else None for name, each in self.services.items()},
            "jobs": {name: each.as_json() for name, each in self.jobs.items()},
            "alarms": [
                {"name": alarm.name, "since": alarm.since.isoformat(), "reason": alarm.reason}
                for alarm in self.alarms
            ],
        }


class Measures:
    """The services' metrics, read again when older than `seconds`: on AWS each read costs money."""

    def __init__(self, site: Site, *, seconds: float | None = None) -> None:
        self._site = site
        self._kept = timedelta(seconds=(0 if site.sandbox else KEPT_SECONDS) if seconds is None else seconds)
        self._loads: tuple[datetime, dict[str, Load]] | None = None
        self._hours: tuple[datetime, dict[str, list[Load]]] | None = None

    def now(self, services: Mapping[str, LiveService], at: datetime) -> dict[str, Load]:
        """Return the newest minutes; without the permission a note says so, and the rest is shown."""
        if self._loads is None or at - self._loads[0] >= self._kept:
            self._loads = at, self._asked(services, lambda places: load.loads(self._site.aws, places, now=at))
        return self._loads[1]

    def hour(self, services: Mapping[str, LiveService], at: datetime) -> dict[str, list[Load]]:
        """Return the last hour minute by minute."""
        if self._hours is None or at - self._hours[0] >= self._kept:
            self._hours = (
                at,
                self._asked(
                    services, lambda places: load.history(self._site.aws, places, now=at, minutes=MINUTES)
                ),
            )
        return self._hours[1]

    def _asked(
        self, services: Mapping[str, LiveService], ask: Callable[[Mapping[str, Place]], dict[str, T]]
    ) -> dict[str, T]:
        groups = {name: each.target_group_arn for name, each in services.items() if each.target_group_arn}
        try:
            return ask(load.places_of(self._site.aws, groups))
        except PreconditionError as error:
            self._site.command.console.warn(f"{error.message} Rate, errors and p95 are left out.")
            return {}


def status(site: Site, measures: Measures | None = None) -> Status:
    """Read the status once, from ECS, the load balancer, CloudWatch and the state bucket; change nothing."""
    environment = site.command.environment
    found = standing.fronts(site, environment.services)
    app = site.app()
    stands = standing.standings(site, environment, app=app)
    pauses = paused(site.aws, bucket=environment.state_bucket, tell=site.command.console.warn)
    now = site.aws.now()
    measured = (measures or Measures(site)).now(found, now)
    return Status(
        environment=environment.name,
        at=now,
        url=site.public_url(app.url) if app else None,
        release=releases.newest(site.aws, bucket=environment.state_bucket, tell=site.command.console.warn),
        services={
            name: _look(site, found[name], service, pauses.get(name), measured.get(name))
            if name in found
            else None
            for name, service in environment.services.items()
        },
        alarms=alarms.ringing(
            site.aws,
            prefix=environment.prefix,
            names=(*(each for name in environment.services for each in slot_names(name)), *environment.jobs),
        ),
        slots=tuple(standing.as_lines(stands, environment)),
        variants=variants.shares(site, environment, app),
        jobs=jobs.look(site.aws, environment),
    )


def age_of(seconds: float) -> str:
    """Return a duration in its largest unit of which there are two: 95 s, 14 min, 30 h, 9 d."""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def measures_of(found: Load | None) -> tuple[str, str, str]:
    """Return rate, errors and p95, short enough for a column."""
    if found is None:
        return "-", "-", "-"
    percent, p95 = found.failed_percent, found.p95_seconds
    return (
        f"{found.per_second:.3g}/s",
        "-" if percent is None else f"{percent:.2g} %",
        "-" if p95 is None else f"{p95 * 1000:.3g} ms",
    )


def load_json(found: Load) -> dict[str, Any]:
    return {
        "start": found.start.isoformat(),
        "seconds": round(found.seconds),
        "requests": found.requests,
        "failed": found.failed,
        "requests_per_second": round(found.per_second, 3),
        "failed_percent": found.failed_percent,
        "p95_seconds": found.p95_seconds,
    }


def _look(
    site: Site, service: LiveService, declared: Service, pause: Pause | None, measured: Load | None
) -> ServiceStatus:
    cluster = site.command.environment.cluster_name
    target = target_of(service, declared)
    with explained():
        snapshot = observe(site.aws, cluster=cluster, target=target, elapsed_seconds=0)
    release = release_of(site.aws, service.task_definition_arn, desired_count=service.desired)
    return ServiceStatus(
        service=service,
        release=release,
        snapshot=snapshot,
        may_sleep=declared.scaling.may_sleep,
        least=declared.scaling.min,
        pause=pause,
        load=measured,
    )


def target_of(service: LiveService, declared: Service) -> ServiceTarget:
    """Return the number of healthy tasks that the service should have now."""
    return ServiceTarget(
        service_name=service.name,
        task_definition_arn=service.task_definition_arn,
        target_group_arn=service.target_group_arn,
        log_group_name="",
        deadline_seconds=declared.rollout.deadline_seconds,
        failed_tasks=declared.rollout.failed_tasks,
    )

"""Reports made by hand, as `status` would make them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tests.wrapper.records import release
from tests.wrapper.records import service as recorded
from wrapper.ecs.alarms import Alarm
from wrapper.ecs.load import Load
from wrapper.ecs.roll_outs import RollOut
from wrapper.ecs.rollout.snapshot import Container, Snapshot, Target, Task
from wrapper.ecs.services import LiveService
from wrapper.environment.release import ModelVersion, ServiceRelease
from wrapper.review.cost import Estimate, table_of
from wrapper.review.cost.estimate import CostLine
from wrapper.verbs.status import MINUTES, ServiceStatus, Status
from wrapper.verbs.status_page import Cost, Report
from wrapper.verbs.status_page.report import events

NOW = datetime(2026, 1, 2, 12, 30, 40, tzinfo=UTC)
IMAGE = f"000000000000.dkr.ecr.eu-west-1.amazonaws.com/films-dev/web@sha256:{'a' * 64}"


def service_status(name: str = "web", *, healthy: int = 2, load: Load | None = None) -> ServiceStatus:
    """Return a service of two tasks, of which this many are healthy."""
    tasks = [
        Task(
            id=f"{number}f0c2d8e91aa4c1e9a5e0c6a7d1f2b3c",
            status="RUNNING",
            created_at=NOW - timedelta(minutes=90),
            stop_code="",
            stopped_reason="",
            address=f"10.0.1.{number}",
            containers=(Container(name=name, exit_code=None, reason=""),),
        )
        for number in (1, 2)
    ]
    targets = [
        Target(
            address=task.address or "",
            port=8000,
            state="healthy" if number < healthy else "unhealthy",
            reason="",
            description="",
        )
        for number, task in enumerate(tasks)
    ]
    return ServiceStatus(
        service=LiveService(
            name=name,
            task_definition_arn="arn",
            target_group_arn="group",
            desired=2,
            running=2,
            pending=0,
            state="COMPLETED",
        ),
        release=ServiceRelease(
            image=IMAGE,
            repository_arn=None,
            model=ModelVersion(name="movielens", version="d7f3c3151c2c", sha256="b" * 64),
            desired_count=2,
        ),
        snapshot=Snapshot(
            elapsed_seconds=0, exists=True, deployments=(), tasks=tasks, targets=targets, events=()
        ),
        load=load,
    )


def hour() -> list[Load]:
    """Return an hour in which load doubles at half time, and one minute has errors."""
    last = NOW.replace(second=0)
    return [
        Load(
            start=last - timedelta(minutes=MINUTES - 1 - minute),
            seconds=60,
            requests=600 if minute < MINUTES // 2 else 1_200,
            failed=60 if minute == 45 else 0,
            p95_seconds=0.02 if minute else None,
        )
        for minute in range(MINUTES)
    ]


def report(*, alarms: tuple[str, ...] = (), **services: ServiceStatus | None) -> Report:
    """Return a report of an environment with these services, or with a healthy one."""
    found = services or {"web": service_status(load=hour()[-1])}
    rolled_out = [
        RollOut(
            service="web",
            started=NOW - timedelta(minutes=20),
            finished=NOW - timedelta(minutes=19),
            status="ROLLBACK_SUCCESSFUL",
            reason="Service deployment rolled back because the circuit breaker threshold was exceeded.",
        )
    ]
    kept = [
        release(7, at=(NOW - timedelta(days=1)).isoformat(), back_to=5),
        release(8, at=(NOW - timedelta(hours=1)).isoformat(), services={"web": recorded(model="2")}),
    ]
    table = table_of("eu-west-1")
    assert table
    lines = tuple(
        CostLine(address=f"module.services.aws_thing.number_{number}", before=cost, after=cost, basis="730 h")
        for number, cost in enumerate((30.0, 18.5, *[1.0] * 10, 0.0))
    )
    return Report(
        status=Status(
            environment="films-dev",
            at=NOW,
            url="http://films.example.com",
            release=kept[1],
            services=found,
            alarms=tuple(Alarm(name=name, since=NOW, reason="") for name in alarms),
        ),
        hours={name: hour() for name, each in found.items() if each},
        events=events(iter(kept), rolled_out),
        cost=Cost(estimate=Estimate(table=table, lines=lines, not_priced={}, assumptions=()), sandbox=True),
    )


def hostile() -> Report:
    """Return a report whose names contain markup."""
    found = report()
    bad = "<script>alert(1)</script>"
    return replace(
        found,
        status=replace(found.status, environment=bad, url=f"javascript:{bad}"),
        cost=Cost(estimate=None, why_none=bad),
    )

"""A service outside its hours: its desired count is zero, which is no failure."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.wrapper.stack import environment
from wrapper import smoke
from wrapper.aws.client import Aws
from wrapper.ecs.counts import Count, counts
from wrapper.ecs.pauses import Pause
from wrapper.ecs.rollout.snapshot import Snapshot, Task
from wrapper.ecs.services import LiveService
from wrapper.environment import Hours, Limits, Scaling, Scheduled, Service
from wrapper.environment.release import ServiceRelease
from wrapper.verbs.status import ServiceStatus

HOURS = Scaling(min=2, max=4, hours=Hours(start="08:00", stop="18:00"))
EVENING = Scheduled(cron="0 18 ? * * *", min=3, max=9)
PAUSE = Pause(service="web", desired=1, at="2026-01-02T03:04:05+00:00", who="ada@host")
RELEASE = ServiceRelease(image="x@sha256:1", repository_arn=None, model=None, desired_count=0)


def service_with(scaling: Scaling) -> Service:
    return environment("dev").services["web"].model_copy(update={"scaling": scaling})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scaling", "found", "expected"),
    [
        (HOURS, Limits(0, 0), Count(desired=0, limits=Limits(0, 0))),
        (HOURS, Limits(2, 4), Count(desired=2, limits=None)),
        (HOURS, Limits(1, 7), Count(desired=2, limits=None)),
        (HOURS, None, Count(desired=2, limits=None)),
        (Scaling(min=2, max=4), Limits(0, 0), Count(desired=2, limits=None)),
        (
            Scaling(min=2, max=4, schedule={"evening": EVENING}),
            Limits(3, 9),
            Count(desired=3, limits=Limits(3, 9)),
        ),
    ],
)
def test_limits_of_the_clock_are_kept(
    aws: Aws, scaling: Scaling, found: Limits | None, expected: Count
) -> None:
    """Limits of the file's schedule are inputs of the plan; others are replaced by the plan."""
    declared = environment(f"c{uuid4().hex[:8]}").model_copy(
        update={"services": {"web": service_with(scaling)}}
    )
    if found:
        aws.autoscaling.register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{declared.prefix}/web",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=found.min,
            MaxCapacity=found.max,
        )
    assert counts(aws, declared) == {"web": expected}


def test_smoke_of_a_sleeping_service_says_so() -> None:
    """No request was sent, it has passed, and the message gives the reason."""
    verdict = smoke.asleep("http://x")
    assert verdict.ok
    assert "not asked" in verdict.checks[0].detail


@pytest.mark.parametrize(("may_sleep", "state"), [(True, "asleep"), (False, "completed")])
def test_status_calls_it_asleep(may_sleep: bool, state: str) -> None:
    """Only a service with hours is asleep; another one without tasks was scaled to zero."""
    live = LiveService(
        name="web",
        task_definition_arn="a:1",
        target_group_arn=None,
        desired=0,
        running=0,
        pending=0,
        state="COMPLETED",
    )
    snapshot = Snapshot(elapsed_seconds=0, exists=True, deployments=[], tasks=[], targets=[], events=[])
    seen = ServiceStatus(service=live, release=RELEASE, snapshot=snapshot, may_sleep=may_sleep)
    assert seen.ok
    assert seen.row()[1] == state
    assert seen.as_json()["asleep"] is may_sleep


@pytest.mark.parametrize(
    ("desired", "pause", "state"), [(0, None, "failed"), (0, PAUSE, "paused"), (1, None, "failed")]
)
def test_status_calls_failed_what_ecs_calls_complete(desired: int, pause: Pause | None, state: str) -> None:
    """It has no task although it should: it was stopped, or its tasks keep ending."""
    live = LiveService(
        name="web",
        task_definition_arn="a:1",
        target_group_arn=None,
        desired=desired,
        running=0,
        pending=0,
        state="COMPLETED",
    )
    crashed = Task(
        id="1",
        status="STOPPED",
        created_at=datetime.now(UTC),
        stop_code="EssentialContainerExited",
        stopped_reason="Essential container in task exited",
        address=None,
        containers=(),
    )
    snapshot = Snapshot(
        elapsed_seconds=0, exists=True, deployments=[], tasks=[crashed], targets=[], events=[]
    )
    seen = ServiceStatus(service=live, release=RELEASE, snapshot=snapshot, least=1, pause=pause)
    assert seen.row()[1] == state
    assert seen.ok is (state == "paused")

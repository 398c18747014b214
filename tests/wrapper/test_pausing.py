"""Pausing and resuming real tasks behind a real load balancer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.sandbox.stage import eventually
from tests.wrapper.stack import Stack
from tests.wrapper.test_operations import site_of
from wrapper.aws.client import Aws
from wrapper.ecs import rollout
from wrapper.ecs.counts import Count, counts
from wrapper.ecs.pauses import Pause, forget, paused, remember
from wrapper.environment import Limits
from wrapper.errors import ConfigError, DamagedError, PreconditionError
from wrapper.verbs.pause import Moved, pause, resume
from wrapper.verbs.scale import scale
from wrapper.verbs.status import status

pytestmark = pytest.mark.slow

DIMENSION: dict[str, Any] = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}


@pytest.fixture(scope="module")
def stack(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A service of two tasks with autoscaling, and a bucket for the record."""
    built = stacks.build(aws, tmp_path_factory.mktemp("image"))
    built.deploy(definition := built.register())
    aws.s3.create_bucket(
        Bucket=built.environment.state_bucket,
        CreateBucketConfiguration={"LocationConstraint": "eu-west-1"},
    )
    aws.autoscaling.register_scalable_target(
        **DIMENSION, ResourceId=f"service/{built.prefix}/web", MinCapacity=2, MaxCapacity=2
    )
    targets = {"web": built.target(definition)}
    rollout.wait(aws, cluster=built.prefix, services=targets, progress=lambda _: None, poll_seconds=0.2)
    yield built
    built.stop()


def limits(stack: Stack, service: str = "web") -> tuple[int, int, bool]:
    """Return autoscaling's minimum, its maximum, and whether it is suspended."""
    resource = f"service/{stack.prefix}/{service}"
    (target,) = stack.aws.autoscaling.describe_scalable_targets(
        ServiceNamespace="ecs", ResourceIds=[resource]
    )["ScalableTargets"]
    return target["MinCapacity"], target["MaxCapacity"], target["SuspendedState"]["ScheduledScalingSuspended"]


@pytest.fixture(scope="module")
def resting(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The same, paused twice."""
    site = site_of(stack, tmp_path_factory.mktemp("root"))
    assert pause(site, None) == [Moved(service="web", before=2, after=0)]
    assert pause(site, "web") == [Moved(service="web", before=0, after=0)]
    return stack


def test_a_pause_is_remembered_and_shown(resting: Stack, tmp_path: Path) -> None:
    """No task runs, and the second pause keeps the count of two."""
    seen = status(site_of(resting, tmp_path)).as_json()["services"]["web"]
    assert (seen["running"], seen["desired"]) == (0, 0)
    assert seen["paused"]["desired"] == 2
    assert "paused" in status(site_of(resting, tmp_path)).rows()[1]


def test_a_plan_leaves_a_paused_service_at_zero(resting: Stack) -> None:
    """Terraform gets the pause's count and limits as inputs."""
    found = counts(resting.aws, resting.environment)
    assert found == {"web": Count(desired=0, limits=Limits(0, 0))}


def test_the_clock_does_not_wake_what_is_paused(resting: Stack) -> None:
    """A scheduled action changes the limits of another service, but not of a paused one."""
    autoscaling, other = resting.aws.autoscaling, f"service/{resting.prefix}/other"
    autoscaling.register_scalable_target(**DIMENSION, ResourceId=other, MinCapacity=0, MaxCapacity=0)
    due = datetime.now(UTC) + timedelta(seconds=3)  # at() has whole seconds, and a past time never comes
    for resource in (other, f"service/{resting.prefix}/web"):
        autoscaling.put_scheduled_action(
            **DIMENSION,
            ResourceId=resource,
            ScheduledActionName="morning",
            Schedule=f"at({due:%Y-%m-%dT%H:%M:%S})",
            ScalableTargetAction={"MinCapacity": 1, "MaxCapacity": 3},
        )
    eventually(lambda: limits(resting, "other") == (1, 3, False))
    assert limits(resting) == (0, 0, True)


def test_a_paused_service_is_not_scaled(resting: Stack, tmp_path: Path) -> None:
    """The next apply would set it to zero again."""
    with pytest.raises(PreconditionError, match="must not be paused to be scaled") as caught:
        scale(site_of(resting, tmp_path), "web", 2)
    assert str(caught.value.fix).endswith(f"resume {resting.environment.name} web")


def test_resume_brings_the_tasks_back(resting: Stack, tmp_path: Path) -> None:
    """There are as many as before, healthy, with the file's limits; then nothing is paused."""
    site = site_of(resting, tmp_path)
    assert resume(site, None) == [Moved(service="web", before=0, after=2)]
    assert status(site).ok
    assert limits(resting) == (2, 2, False)
    assert resume(site, None) == []
    with pytest.raises(PreconditionError, match="web must be paused to be resumed"):
        resume(site, "web")


def test_what_is_not_deployed_is_not_paused(stack: Stack, tmp_path: Path) -> None:
    """Nor is a service that is not in the file."""
    site = site_of(stack, tmp_path)
    with pytest.raises(ConfigError, match="unknown service; there are web"):
        pause(site, "wbe0")
    services = {"other": site.command.environment.services["web"]}
    environment = site.command.environment.model_copy(update={"services": services})
    object.__setattr__(site.command, "environment", environment)
    with pytest.raises(PreconditionError, match="other must be deployed for this"):
        pause(site, None)


def test_records_are_kept_one_by_one(stack: Stack) -> None:
    """The first one stays, each is deleted by itself, and a missing bucket has none."""
    bucket = stack.environment.state_bucket
    first, second = (Pause(service="api", desired=number, at="now", who="ada") for number in (3, 0))
    remember(stack.aws, bucket=bucket, pause=first)
    remember(stack.aws, bucket=bucket, pause=second)
    assert paused(stack.aws, bucket=bucket)["api"] == first
    forget(stack.aws, bucket=bucket, service="api")
    assert "api" not in paused(stack.aws, bucket=bucket)
    assert paused(stack.aws, bucket="no-such-bucket-here") == {}


def test_a_record_that_nobody_can_read_is_named(stack: Stack) -> None:
    """The message has its place, and what to do; a command that only reads continues without it."""
    bucket = stack.environment.state_bucket
    stack.aws.s3.put_object(Bucket=bucket, Key="paused/odd.json", Body=b"null")
    with pytest.raises(DamagedError, match=r"paused/odd\.json must be the record of a pause"):
        paused(stack.aws, bucket=bucket)
    told: list[str] = []
    assert paused(stack.aws, bucket=bucket, tell=told.append) == {}
    assert f"aws s3 rm s3://{bucket}/paused/odd.json" in told[0]
    forget(stack.aws, bucket=bucket, service="odd")

"""Waiting for real tasks behind a real load balancer, good ones and bad ones."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.sandbox.stage import eventually
from tests.wrapper.stack import Stack
from wrapper.aws.client import Aws
from wrapper.ecs import rollout
from wrapper.ecs.rollout import RolloutFailed, ServiceTarget
from wrapper.ecs.rollout.judge import Failed
from wrapper.ecs.rollout.stop import stop
from wrapper.ecs.rollout.watch import Watch
from wrapper.errors import RolloutError

pytestmark = pytest.mark.slow


@pytest.fixture
def stack(aws: Aws, tmp_path: Path) -> Iterator[Stack]:
    """An environment without a service, whose tasks end with the test."""
    built = stacks.build(aws, tmp_path)
    yield built
    built.stop()


def quiet(_: str) -> None:
    """A console without progress."""


def wait(stack: Stack, target: ServiceTarget, lines: list[str] | None = None) -> rollout.Rollout:
    """Wait for the only service, with shorter pauses than users have."""
    watched = rollout.wait(
        stack.aws,
        cluster=stack.prefix,
        services={"web": target},
        progress=lines.append if lines is not None else quiet,
        poll_seconds=0.2,
    )
    return watched["web"]


def failure(stack: Stack, target: ServiceTarget) -> rollout.Reason:
    with pytest.raises(RolloutFailed) as caught:
        wait(stack, target)
    return caught.value.reasons[0]


def test_good_service_comes_up(stack: Stack) -> None:
    """Two tasks run and are healthy; a second wait finds the same."""
    definition = stack.register()
    stack.deploy(definition)
    lines: list[str] = []
    assert wait(stack, stack.target(definition), lines).tasks == 2
    assert any(re.search(r"/2 running.*, [01]/2 healthy", line) for line in lines)
    assert wait(stack, stack.target(definition)).tasks == 2


def test_process_that_exits_is_told_with_its_last_words(stack: Stack) -> None:
    """The reason for a crashing container has exit code and log, long before the deadline."""
    definition = stack.register("exits")
    stack.deploy(definition)
    reason = failure(stack, stack.target(definition))
    assert reason.cause in {"failed tasks", "circuit breaker"}
    assert (reason.exit_code, reason.container) == (1, "web")
    assert list(reason.log) == ["mode exits", "the model is damaged"]
    assert "log lines" in str(reason.advice)


def test_unhealthy_service_is_told_with_the_load_balancers_words(stack: Stack) -> None:
    """The reason for tasks that answer 500 has the health check's result and their log."""
    definition = stack.register("sick")
    stack.deploy(definition)
    reason = failure(stack, stack.target(definition, deadline_seconds=12))
    assert "500" in f"{reason.target} {reason.stopped_reason} {reason.events}"
    assert "health.status" in str(reason.advice)
    assert list(reason.log) == ["mode sick"]


def test_what_ecs_told_after_the_last_look_is_in_the_reason(stack: Stack) -> None:
    """A check may see a task's end but not yet its event, if ECS stops the task between two calls."""
    definition = stack.register("sick")
    stack.deploy(definition)
    watch = Watch(stack.aws, stack.prefix, stack.target(definition))
    watch.look()

    def told() -> bool:
        [service] = stack.aws.ecs.describe_services(cluster=stack.prefix, services=["web"])["services"]
        return any("is unhealthy" in event["message"] for event in service["events"])

    eventually(told, seconds=30)
    reason = watch.reason(Failed(cause="circuit breaker", sentence="ECS gave up."))
    assert any("500" in event for event in reason.events)


def test_image_that_does_not_exist_is_told(stack: Stack) -> None:
    """A digest that is not in the registry gives a reason of its own."""
    missing = f"{stack.image.partition('@')[0]}@sha256:{'0' * 64}"
    definition = stack.register(image_reference=missing)
    stack.deploy(definition)
    reason = failure(stack, stack.target(definition, deadline_seconds=12))
    assert "image" in str(reason.advice)


def test_old_version_runs_on_when_the_new_one_fails(stack: Stack) -> None:
    """The reason says that the previous version still runs."""
    good, bad = stack.register(), stack.register("exits")
    stack.deploy(good)
    wait(stack, stack.target(good))
    stack.deploy(bad)
    assert failure(stack, stack.target(bad)).still_running == 2


def test_rollback_by_ecs_is_a_failure(stack: Stack) -> None:
    """A service that is stable again on the old revision is not the requested deployment."""
    good, bad = stack.register(), stack.register("exits")
    stack.deploy(good)
    wait(stack, stack.target(good))
    stack.deploy(bad)
    reason = failure(stack, stack.target(bad, failed_tasks=50))
    assert reason.cause in {"rolled back", "replaced"}


@pytest.mark.parametrize(
    ("mode", "cause", "failed_tasks"), [("brief", "failed tasks", 1), ("deaf", "deadline", 50)]
)
def test_failed_deployment_is_stopped_not_left_to_ecs(
    stack: Stack, mode: str, cause: str, failed_tasks: int
) -> None:
    """At the limit or the deadline the wrapper makes ECS roll back, and the reason says so."""
    good, bad = stack.register(), stack.register(mode)
    stack.deploy(good)
    wait(stack, stack.target(good))
    stack.deploy(bad)
    reason = failure(stack, stack.target(bad, failed_tasks=failed_tasks, deadline_seconds=3))
    assert reason.cause == cause
    assert reason.stopped == f"the deployment was stopped: ECS goes back to {good.rpartition('/')[2]}"
    (service,) = stack.aws.ecs.describe_services(cluster=stack.prefix, services=["web"])["services"]
    assert service["taskDefinition"] == good
    assert stack.history()[0].startswith("ROLLBACK")


def test_crash_loop_that_looks_healthy_is_no_success(stack: Stack) -> None:
    """Tasks that pass their first checks and end after two seconds never settle, and ECS rolls back."""
    good, bad = stack.register(), stack.register("flares")
    stack.deploy(good)
    wait(stack, stack.target(good))
    stack.deploy(bad)
    reason = failure(stack, replace(stack.target(bad), settle_seconds=10))
    assert (reason.cause, reason.exit_code) == ("failed tasks", 9)
    assert f"go back to {good.rpartition('/')[2]}" in reason.stopped.replace("goes", "go")


def test_first_deployment_that_fails_runs_no_more_tasks(stack: Stack) -> None:
    """There is no older version, so no task is started again and again."""
    definition = stack.register("brief")
    stack.deploy(definition)
    reason = failure(stack, stack.target(definition, failed_tasks=1))
    assert reason.stopped == "no earlier version was good: ECS runs 0 tasks until the next apply"
    (service,) = stack.aws.ecs.describe_services(cluster=stack.prefix, services=["web"])["services"]
    assert service["desiredCount"] == 0


def test_first_deployment_that_ecs_gave_up_meanwhile_runs_no_more_tasks(stack: Stack) -> None:
    """ECS may give up by itself between the last check and the stop: no task runs then either."""
    definition = stack.register("exits")
    stack.deploy(definition)
    eventually(lambda: stack.history()[0] == "STOPPED", seconds=30)
    told = stop(stack.aws, cluster=stack.prefix, target=stack.target(definition), earlier=None)
    assert told == "no earlier version was good: ECS runs 0 tasks until the next apply"


@pytest.mark.parametrize(("limit", "cause"), [(1, "failed tasks"), (50, "rolled back")])
def test_what_never_was_good_is_not_gone_back_to(stack: Stack, limit: int, cause: str) -> None:
    """ECS calls the first one complete since none of its tasks is desired, and would restart it forever."""
    first, second = stack.register("exits"), stack.register("exits")
    stack.deploy(first, count=0)
    eventually(lambda: stack.history()[0] == "SUCCESSFUL", seconds=30)
    stack.deploy(second)
    reason = failure(stack, stack.target(second, failed_tasks=limit))
    assert reason.cause == cause
    assert reason.stopped == "no earlier version was good: ECS runs 0 tasks until the next apply"
    (service,) = stack.aws.ecs.describe_services(cluster=stack.prefix, services=["web"])["services"]
    assert service["desiredCount"] == 0


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (0, "the deployment was stopped: ECS goes back to the version before"),
        (-1, "no earlier version was good: ECS runs 0 tasks until the next apply"),
    ],
)
def test_what_was_released_is_gone_back_to_unseen(stack: Stack, hours: int, told: str) -> None:
    """None of its tasks need run; a release from before this service is that of another one."""
    good, bad = stack.register(), stack.register("deaf")
    stack.deploy(good, count=0)
    eventually(lambda: stack.history()[0] == "SUCCESSFUL", seconds=30)
    stack.deploy(bad)
    released = replace(stack.target(bad), released_at=datetime.now(UTC) + timedelta(hours=hours))
    assert stop(stack.aws, cluster=stack.prefix, target=released, earlier=None) == told


def test_deployment_whose_good_predecessor_is_forgotten_goes_back_to_it(stack: Stack) -> None:
    """ECS drops old deployments from its list, so the wrapper names the earlier revision."""
    definition, bad = stack.register(), stack.register("exits")
    stack.deploy(bad)
    told = stop(stack.aws, cluster=stack.prefix, target=stack.target(bad), earlier=definition)
    assert told.endswith(f"it now goes back to {definition.rpartition('/')[2]}")


def test_deployment_of_the_same_revision_is_told_apart(stack: Stack) -> None:
    """A deployment that somebody starts meanwhile is another one, though it has the same revision."""
    definition = stack.register()
    stack.deploy(definition)

    def interfere(_: str) -> None:
        if not interfered:
            interfered.append(True)
            stack.aws.ecs.update_service(cluster=stack.prefix, service="web", forceNewDeployment=True)

    interfered: list[bool] = []
    with pytest.raises(RolloutFailed, match="wants another deployment of "):
        rollout.wait(
            stack.aws,
            cluster=stack.prefix,
            services={"web": stack.target(definition)},
            progress=interfere,
            poll_seconds=0.2,
        )


def test_tasks_that_somebody_deregistered_are_registered_again(stack: Stack) -> None:
    """ECS registers only new tasks: an apply that changes nothing would never end."""
    definition = stack.register()
    stack.deploy(definition)
    wait(stack, stack.target(definition))
    group = stack.target_group_arn
    described = stack.aws.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    targets: list[Any] = [each["Target"] for each in described]
    stack.aws.elbv2.deregister_targets(TargetGroupArn=group, Targets=targets)
    lines: list[str] = []
    assert wait(stack, stack.target(definition), lines).tasks == 2
    found = stack.aws.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert {each["Target"]["Id"] for each in found} == {each["Id"] for each in targets}
    assert any("not registered in the target group" in line for line in lines)


def test_missing_service_is_told(stack: Stack) -> None:
    """The wait for a missing service ends with this reason."""
    reason = failure(stack, stack.target(stack.register(), deadline_seconds=1))
    assert reason.cause == "missing"


def test_missing_cluster_is_told_by_aws(stack: Stack) -> None:
    """The error has AWS's own words."""
    target = stack.target(stack.register())
    with pytest.raises(RolloutError, match="ClusterNotFoundException"):
        rollout.wait(stack.aws, cluster="gone", services={"web": target}, progress=quiet)

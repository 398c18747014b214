"""Waiting for real tasks behind a real load balancer, good ones and bad ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.stack import Stack
from wrapper import rollout
from wrapper.aws import Aws
from wrapper.errors import RolloutError
from wrapper.rollout import RolloutFailed, ServiceTarget

pytestmark = pytest.mark.slow


@pytest.fixture
def stack(aws: Aws, tmp_path: Path) -> Iterator[Stack]:
    """An environment without a service, whose tasks end with the test."""
    built = stacks.build(aws, tmp_path)
    yield built
    built.stop()


def quiet(_: str) -> None:
    """Nobody watches the progress."""


def wait(stack: Stack, target: ServiceTarget, lines: list[str] | None = None) -> rollout.Rollout:
    """Wait for the one service, and look more often than users do."""
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
    """Two tasks run and are healthy; a second wait finds them so at once."""
    definition = stack.register()
    stack.deploy(definition)
    lines: list[str] = []
    assert wait(stack, stack.target(definition), lines).tasks == 2
    assert any("2/2 running, 0/2 healthy" in line for line in lines)
    assert wait(stack, stack.target(definition)).seconds < 2


def test_process_that_exits_is_told_with_its_last_words(stack: Stack) -> None:
    """A crashing container is told by exit code and log, long before the deadline."""
    definition = stack.register("exits")
    stack.deploy(definition)
    reason = failure(stack, stack.target(definition))
    assert reason.cause in {"failed tasks", "circuit breaker"}
    assert (reason.exit_code, reason.container) == (1, "web")
    assert list(reason.log) == ["mode exits", "the model is damaged"]
    assert "log lines" in str(reason.advice)


def test_unhealthy_service_is_told_with_the_load_balancers_words(stack: Stack) -> None:
    """Tasks that run and answer 500 are told by what the health check saw, and by their log."""
    definition = stack.register("sick")
    stack.deploy(definition)
    reason = failure(stack, stack.target(definition, deadline_seconds=12))
    assert "500" in f"{reason.target} {reason.stopped_reason} {reason.events}"
    assert "health.status" in str(reason.advice)
    assert list(reason.log) == ["mode sick"]


def test_image_that_does_not_exist_is_told(stack: Stack) -> None:
    """A digest that the registry doesn't hold is told as such."""
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
    """A service that is stable again on the old revision is not the deployment that was asked for."""
    good, bad = stack.register(), stack.register("exits")
    stack.deploy(good)
    wait(stack, stack.target(good))
    stack.deploy(bad)
    reason = failure(stack, stack.target(bad, failed_tasks=50))
    assert reason.cause in {"rolled back", "replaced"}


def test_missing_service_is_told(stack: Stack) -> None:
    """Waiting for a service that isn't there ends with that."""
    reason = failure(stack, stack.target(stack.register(), deadline_seconds=1))
    assert reason.cause == "missing"


def test_missing_cluster_is_told_by_aws(stack: Stack) -> None:
    """What AWS refuses is told as AWS tells it."""
    target = stack.target(stack.register())
    with pytest.raises(RolloutError, match="ClusterNotFoundException"):
        rollout.wait(stack.aws, cluster="gone", services={"web": target}, progress=quiet)

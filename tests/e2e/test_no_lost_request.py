"""Under 50 requests a second tasks are moved in every way: only a SIGKILL loses requests."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from benchmarks.rig.steady import Load
from tests.e2e.conftest import Clone

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1100), pytest.mark.usefixtures("attached")]

RATE = 50
SERVICE = "services.recommender"
QUICK = [
    f"{SERVICE}.smoke.attempts=3",
    f"{SERVICE}.smoke.latency_ms=5000",  # The load runs on the same machine as what it tests.
    f"{SERVICE}.rollout.drain_seconds=2",
    # The tests move tasks, not the load, which is three times what one task is sized for.
    f"{SERVICE}.scaling.requests_per_target=null",
    f"{SERVICE}.scaling.cpu_percent=null",
]
NEWER = f"{SERVICE}.environment={{NEWER: 'yes'}}"
BROKEN = f'{SERVICE}.command=["python", "-c", "raise SystemExit(3)"]'


@pytest.fixture(scope="module")
def applied(clone: Clone) -> Clone:
    clone.overrides += QUICK
    first = clone.wrapper("apply", "dev")
    assert first.returncode == 0, first.stderr
    return clone


@pytest.fixture
def load(applied: Clone) -> Iterator[Load]:
    """A load that has started, and continues for a moment after the test has moved the tasks."""
    with Load(applied.alb_port, per_second=RATE) as running:
        time.sleep(1)
        yield running


def end(load: Load, *, after: float = 2) -> None:
    """Let the load continue for some seconds, then wait for its last answers."""
    time.sleep(after)
    load.stop()


def expect_none_lost(load: Load) -> None:
    """Check that no request failed, and that there were enough of them."""
    assert load.failed == []
    assert len(load.sent) > RATE


def test_good_deployment_loses_none(applied: Clone, load: Load) -> None:
    """Every task is replaced under load."""
    done = applied.wrapper("apply", "dev", overrides=[NEWER])
    end(load)
    assert done.returncode == 0, done.stderr
    expect_none_lost(load)


def test_failed_deployment_that_goes_back_loses_none(applied: Clone, load: Load) -> None:
    """The new tasks never become healthy, and the release before is rolled out again."""
    done = applied.wrapper("apply", "dev", overrides=["rollback=auto", BROKEN])
    end(load)
    assert done.returncode == 6, done.stderr
    expect_none_lost(load)


def test_scale_in_loses_none(applied: Clone, load: Load) -> None:
    """One of three tasks is drained, and then stopped."""
    for count in ("3", "2"):
        done = applied.wrapper("scale", "dev", "recommender", count)
        assert done.returncode == 0, done.stderr
    end(load, after=5)
    expect_none_lost(load)


def test_model_swap_loses_none(applied: Clone, load: Load) -> None:
    """Another model is published and rolled out under load."""
    artifact = str(applied.root / "build" / "7")
    trained = applied.run(
        *("-m", "service.train", "--sample", "--seed", "7"),
        *("--out", artifact, "--name", "movielens", "--version", "7"),
    )
    assert trained.returncode == 0, trained.stderr
    assert applied.wrapper("model", "publish", "dev", artifact).returncode == 0
    version = f"{SERVICE}.model={{name: movielens, version: '7'}}"
    done = applied.wrapper("apply", "dev", overrides=[version])
    end(load)
    assert done.returncode == 0, done.stderr
    expect_none_lost(load)


def test_stopped_task_loses_none(applied: Clone, load: Load) -> None:
    """StopTask drains it, then sends SIGTERM."""
    aws = applied.aws()
    cluster = "recommender-dev"
    task = aws.ecs.list_tasks(cluster=cluster)["taskArns"][0]
    aws.ecs.stop_task(cluster=cluster, task=task)
    end(load, after=8)
    expect_none_lost(load)


def test_task_that_gets_sigterm_loses_none(applied: Clone, load: Load) -> None:
    """The process finishes its requests and accepts no more; the next task takes over."""
    os.kill(min(applied.task_pids()), signal.SIGTERM)
    end(load, after=5)
    expect_none_lost(load)


def test_killed_task_loses_only_what_it_was_at(applied: Clone, load: Load) -> None:
    """Every failed request was sent before the kill and was not answered by then."""
    victim = min(applied.task_pids())
    before = time.monotonic()
    os.kill(victim, signal.SIGKILL)
    after = time.monotonic() + 0.05  # the kernel needs a moment to close its connections
    end(load, after=5)
    assert [each for each in load.failed if each.began > after or each.ended < before] == []

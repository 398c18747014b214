"""Commands in real tasks of the sandbox: their environment, exit codes, and what is refused."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wrapper import stack as stacks
from tests.wrapper.sandbox.stage import eventually
from tests.wrapper.stack import Stack
from tests.wrapper.test_operations import site_of
from wrapper import sandbox
from wrapper.aws.client import Aws
from wrapper.delivery.site import Site
from wrapper.ecs import rollout
from wrapper.errors import ConfigError, PreconditionError
from wrapper.verbs.exec import execute
from wrapper.verbs.exec.place import place_of

pytestmark = pytest.mark.slow

Run = Callable[..., int]


@pytest.fixture(scope="module")
def stack(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Two tasks with ECS Exec enabled."""
    built = stacks.build(aws, tmp_path_factory.mktemp("image"))
    definition = built.register()
    built.deploy(definition, exec=True)
    targets = {"web": built.target(definition)}
    rollout.wait(aws, cluster=built.prefix, services=targets, progress=lambda _: None, poll_seconds=0.2)
    yield built
    built.stop()


@pytest.fixture
def site(stack: Stack, emulator: sandbox.Sandbox, tmp_path: Path) -> Site:
    return replace(site_of(stack, tmp_path), sandbox=emulator)


@pytest.fixture
def run(site: Site) -> Run:
    def run(*words: str, task: str | None = None, container: str | None = None) -> int:
        return execute(site, "web", words, task=task, container=container)

    return run


def test_a_command_runs_in_the_tasks_surroundings(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    """It has the task's variables and its folder with the image's files, and nothing of this process."""
    assert run("/bin/sh", "-c", 'echo "$MODE $HOME"; ls') == 0
    variables, *files = capfd.readouterr().out.split("\n")
    assert variables.startswith("good /")
    assert "/tasks/" in variables
    assert "app.py" in files


def test_the_exit_code_is_the_commands(run: Run) -> None:
    """It is the command's code, or 128 and the number of the signal that ended it."""
    assert run("/bin/sh", "-c", "exit 3") == 3
    assert run("/bin/sh", "-c", "kill -9 $$") == 137


def test_words_arrive_as_they_are(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    """Blanks, quotes and dollars are not changed."""
    odd = "a  b 'c' \"d\" $HOME"
    assert run("printf", "%s", odd) == 0
    assert capfd.readouterr().out == odd


def test_the_task_can_be_chosen(run: Run, stack: Stack, capfd: pytest.CaptureFixture[str]) -> None:
    """The beginning of its id is enough: each task has a folder of its own."""
    arns = stack.aws.ecs.list_tasks(cluster=stack.prefix, serviceName="web")["taskArns"]
    for arn in arns:
        assert run("printenv", "HOME", task=arn.rpartition("/")[2][:12]) == 0
    assert len(set(capfd.readouterr().out.split())) == 2


def test_the_newest_task_is_the_default(stack: Stack) -> None:
    """The default container has the service's name."""
    place = place_of(stack.aws, stack.environment, "web", task=None, container=None)
    arns = stack.aws.ecs.list_tasks(cluster=stack.prefix, serviceName="web")["taskArns"]
    tasks = stack.aws.ecs.describe_tasks(cluster=stack.prefix, tasks=arns)["tasks"]
    newest = max(tasks, key=lambda task: task["createdAt"])
    assert newest["taskArn"].endswith(place.task)
    assert (place.container, place.is_open) == ("web", True)


def test_what_is_not_there_is_told(run: Run) -> None:
    """The message names a missing task, container or program."""
    with pytest.raises(ConfigError, match="--task must be the id of a running task"):
        run("true", task="ffff-none")
    with pytest.raises(ConfigError, match="wbe: unknown container; did you mean web"):
        run("true", container="wbe")
    with pytest.raises(PreconditionError, match='exec: "no-such-program": executable file not found'):
        run("no-such-program")


def test_a_task_without_exec_is_told_how_to_get_it(
    aws: Aws, site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The message has the environment's key, and that an apply is required."""
    closed = stacks.build(aws, tmp_path_factory.mktemp("closed"))
    closed.deploy(closed.register(), count=1)
    inside = replace(site, command=replace(site.command, environment=closed.environment))
    eventually(lambda: _is_running(closed))
    with pytest.raises(PreconditionError, match=r"services\.web\.exec must be true") as caught:
        execute(inside, "web", ["true"], task=None, container=None)
    closed.stop()
    assert "exec: true in environments/" in str(caught.value.fix)


def _is_running(stack: Stack) -> bool:
    return (
        stack.aws.ecs.describe_services(cluster=stack.prefix, services=["web"])["services"][0]["runningCount"]
        > 0
    )


def test_without_a_running_task_there_is_no_place(stack: Stack) -> None:
    """The message refers to the command `status`."""
    environment = stack.environment.model_copy(update={"name": "never"})
    with pytest.raises(PreconditionError, match="web must have a running task") as caught:
        place_of(stack.aws, environment, "web", task=None, container=None)
    assert caught.value.fix == "see python -m wrapper status never"

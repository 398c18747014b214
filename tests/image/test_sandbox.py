"""The sandbox's tasks as containers: a network of their own, the engine's limits, and nothing left behind."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.image.container import podman
from tests.wrapper.sandbox.stage import (
    CLONE,
    FakeEnvironment,
    Ports,
    Stage,
    eventually,
    free_ports,
    share_venv,
)
from wrapper import sandbox
from wrapper.image.container_engine import Engine
from wrapper.image.engine import login_command, push_command, run_engine
from wrapper.sandbox.place import Place

pytestmark = pytest.mark.image

DOCKERFILE = """
FROM python:3.13-slim
WORKDIR /app
COPY app.py .
ENV OF_THE_IMAGE=yes
ENTRYPOINT ["python3", "app.py"]
"""
ROUTES = "import urllib.request, json; print('routes', open('/proc/net/route').read().count(chr(10)) - 1)"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone that shares only the emulator's virtual environment."""
    return share_venv(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def described() -> FakeEnvironment:
    ports = free_ports()
    return FakeEnvironment(sandbox=Ports(ports.port, ports.alb_port, runtime="container"))


@pytest.fixture(scope="module")
def stage(
    root: Path, described: FakeEnvironment, engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    """A sandbox with an image in its registry that was built for it."""
    started = Stage(sandbox=sandbox.up(described, root=root, progress=print), root=root)
    started.client("ecs").create_cluster()
    started.image = build(started, engine, tmp_path_factory.mktemp("context"))
    yield started
    sandbox.down(described, root=root)
    assert containers(root) == []


def build(stage: Stage, engine: Engine, context: Path) -> str:
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "app.py").write_text((CLONE / "tests/wrapper/sandbox/app.py").read_text())
    created = stage.client("ecr").create_repository(repositoryName="stage/app")["repository"]
    reference = f"{stage.sandbox.registry}/stage/app:one"
    run_engine(
        [engine.executable, "build", "--tag", reference, str(context)], doing="building", progress=print
    )
    sign_in = login_command(engine, registry=stage.sandbox.registry)
    run_engine(sign_in, doing="signing in", progress=print, text_in=stage.login.password)
    run_engine(push_command(engine, reference=reference), doing="pushing", progress=print)
    [image] = stage.client("ecr").describe_images(repositoryName="stage/app")["imageDetails"]
    return f"{created['repositoryUri']}@{image['imageDigest']}"


def containers(root: Path) -> list[str]:
    """List the containers of this clone's sandbox that the engine still has."""
    folder = Place(root=root, environment="test").state
    return podman("ps", "--all", "--quiet", "--filter", f"label=sandbox.folder={folder}").split()


def ended(stage: Stage, definition: str) -> dict[str, Any]:
    [container] = stage.task_in(stage.run(definition), "STOPPED", seconds=30)["containers"]
    return dict(container)


def test_task_is_the_real_image(stage: Stage) -> None:
    """It has its own Python, environment and file system."""
    told = stage.ask(stage.run(stage.definition(environment={"WORD": "hello"})))
    assert told["folder"] == "/app"
    assert told["environment"]["OF_THE_IMAGE"] == "yes"
    assert told["environment"]["WORD"] == "hello"


def test_task_has_an_address_that_the_machine_owns(stage: Stage) -> None:
    """Two tasks listen on the same port of two loopback addresses."""
    definition = stage.definition()
    addresses = {stage.address(task) for task in (stage.run(definition), stage.run(definition))}
    assert len(addresses) == 2
    assert all(address.startswith("127.") for address in addresses)


def test_task_has_no_way_out_of_the_machine(stage: Stage) -> None:
    """Its network has no route: a task can reach the emulator's API, and nothing else."""
    group = f"/test/{uuid4().hex[:8]}"
    stage.client("logs").create_log_group(logGroupName=group)
    definition = stage.definition(logs=group, entryPoint=["python3", "-c", ROUTES])
    assert ended(stage, definition)["exitCode"] == 0
    [event] = eventually(lambda: stage.client("logs").filter_log_events(logGroupName=group)["events"])
    assert event["message"] == "routes 0"


def test_task_reaches_aws(stage: Stage) -> None:
    """Its endpoint leads to the emulator, which recognises the task."""
    asks = (
        "import os, urllib.request as u;"
        "print(u.urlopen(os.environ['ECS_CONTAINER_METADATA_URI_V4'], timeout=5).status)"
    )
    assert ended(stage, stage.definition(entryPoint=["python3", "-c", asks]))["exitCode"] == 0


def test_containers_of_a_task_share_a_network(stage: Stage) -> None:
    """As with awsvpc, containers reach each other on localhost."""
    asks = (
        "import time, urllib.request as u\n"
        "for _ in range(50):\n"
        "    try: raise SystemExit(u.urlopen('http://127.0.0.1:8000', timeout=5).status != 200)\n"
        "    except OSError: time.sleep(0.1)\n"
        "raise SystemExit(2)"
    )
    server = {"name": "app", "image": stage.image, "portMappings": [{"containerPort": 8000}]}
    caller = {"name": "caller", "image": stage.image, "entryPoint": ["python3", "-c", asks]}
    task = stage.run(stage.register(server, caller))
    stopped = stage.task_in(task, "STOPPED", seconds=30)
    exits = {each["name"]: each.get("exitCode") for each in stopped["containers"]}
    assert exits["caller"] == 0, stopped


def test_engine_enforces_the_memory(stage: Stage) -> None:
    """A process that uses more than its task's memory is killed, and ECS's reason says so."""
    container = ended(stage, stage.definition(memory=64, environment={"EAT_MIB": "128"}))
    assert container["exitCode"] == 137
    assert "OutOfMemory" in container["reason"]


def test_exit_code_is_the_containers(stage: Stage) -> None:
    """The sandbox sees the exit code of a process that gives up."""
    assert ended(stage, stage.definition(environment={"EXIT": "3"}))["exitCode"] == 3


def test_read_only_root_leaves_tmp(stage: Stage) -> None:
    """As on Fargate with a volume at /tmp, the task can write there."""
    tries = (
        "import pathlib as p\n"
        "p.Path('/tmp/x').write_text('x')\n"
        "try: p.Path('/app/x').write_text('x')\n"
        "except OSError: raise SystemExit(0)\n"
        "raise SystemExit(1)"
    )
    definition = stage.definition(readonlyRootFilesystem=True, entryPoint=["python3", "-c", tries])
    assert ended(stage, definition)["exitCode"] == 0


def test_image_that_is_not_there_is_named(stage: Stage) -> None:
    """The message has ECS's words and the reference."""
    missing = stage.image.rpartition("@")[0] + "@sha256:" + "0" * 64
    task = stage.task_in(stage.run(stage.definition(image=missing)), "STOPPED", seconds=60)
    assert task["stoppedReason"].startswith("CannotPullContainerError")
    assert missing in task["stoppedReason"]


def test_stopping_a_task_asks_first(stage: Stage) -> None:
    """It gets SIGTERM and time to end, and exits with the code of an orderly end."""
    task = stage.run(stage.definition())
    stage.ask(task)
    stage.client("ecs").stop_task(task=task)
    [container] = stage.task_in(task, "STOPPED", seconds=40)["containers"]
    assert container["exitCode"] == 0


def test_a_killed_emulator_leaves_no_container(root: Path, engine: Engine, tmp_path: Path) -> None:
    """The next command stops its containers, and the engine deletes them."""
    ports = free_ports()
    other = FakeEnvironment(sandbox=Ports(ports.port, ports.alb_port, runtime="container"), name="test")
    clone = tmp_path / "other"
    clone.mkdir()
    (clone / ".wrapper").symlink_to(_made(tmp_path / "work"))
    (clone / ".wrapper" / "sandbox-venv").symlink_to((root / ".wrapper" / "sandbox-venv").resolve())
    (clone / "requirements").symlink_to(CLONE / "requirements")
    running = Stage(sandbox=sandbox.up(other, root=clone, progress=print), root=clone)
    running.client("ecs").create_cluster()
    running.image = build(running, engine, _made(tmp_path / "context"))
    running.ask(running.run(running.definition()))
    assert len(containers(clone)) == 1
    os.kill(running.sandbox.pid, signal.SIGKILL)
    time.sleep(0.5)
    sandbox.down(other, root=clone)
    assert containers(clone) == []


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_containers_share_a_volume(stage: Stage) -> None:
    """Another container finds root's file under its own path; neither can write anywhere else."""
    fetch = {
        "name": "fetch",
        "image": stage.image,
        "essential": False,
        "user": "0",
        "readonlyRootFilesystem": True,
        "entryPoint": ["python3", "-c", "open('/mnt/models/model.bin', 'w').write('weights')"],
        "mountPoints": [{"sourceVolume": "model", "containerPath": "/mnt/models"}],
    }
    main = {
        "name": "app",
        "image": stage.image,
        "readonlyRootFilesystem": True,
        "entryPoint": ["python3", "-c", "import sys; sys.exit(len(open('/mine/model.bin').read()))"],
        "dependsOn": [{"containerName": "fetch", "condition": "SUCCESS"}],
        "mountPoints": [{"sourceVolume": "model", "containerPath": "/mine", "readOnly": True}],
    }
    task = stage.task_in(stage.run(stage.register(main, fetch)), "STOPPED", seconds=60)
    assert {one["name"]: one["exitCode"] for one in task["containers"]} == {"app": 7, "fetch": 0}

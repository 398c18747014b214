import os
import signal
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.wrapper.sandbox.stage import Stage, call, eventually
from wrapper.sandbox import proc


def log_lines(stage: Stage, group: str, stream: str) -> list[str]:
    logs = stage.client("logs")
    streams = [one["logStreamName"] for one in logs.describe_log_streams(logGroupName=group)["logStreams"]]
    if stream not in streams:
        return []
    events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
    return [event["message"] for event in events]


def short(task: str) -> str:
    return task.rpartition("/")[2]


def test_task_runs_its_definition(stage: Stage) -> None:
    """The image's command runs in the image's folder, with the definition's environment and port."""
    task = stage.run(stage.definition(environment={"PORT": "8000", "WORD": "hello"}))
    told = stage.ask(task)
    assert told["environment"]["WORD"] == "hello"
    assert told["folder"].endswith("/app")


def test_task_has_an_address_of_its_own(stage: Stage) -> None:
    """Two tasks listen on the same port of different loopback addresses, never on 127.0.0.1."""
    definition = stage.definition()
    tasks = [stage.run(definition) for _ in range(2)]
    assert all(stage.ask(task) for task in tasks)
    addresses = [stage.address(task) for task in tasks]
    assert len({*addresses, "127.0.0.1"}) == 3
    assert all(address.startswith("127.") for address in addresses)


def test_environment_is_not_the_developers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task sees nothing of the environment in which the sandbox was started."""
    told = stage.ask(stage.run(stage.definition()))["environment"]
    assert "PYTEST_VERSION" not in told
    assert set(told) <= {
        *("AWS_ACCESS_KEY_ID", "AWS_DEFAULT_REGION", "AWS_EC2_METADATA_DISABLED", "AWS_ENDPOINT_URL"),
        *("AWS_EXECUTION_ENV", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "ECS_CONTAINER_METADATA_URI_V4"),
        *("HOME", "HOST", "LC_CTYPE", "MODEL_CACHE_DIR", "PATH", "TMPDIR", "WRAPPER_SANDBOX"),
    }


def test_task_reaches_aws(stage: Stage) -> None:
    """The task's endpoint and keys lead to the sandbox's APIs."""
    told = stage.ask(stage.run(stage.definition()))["environment"]
    assert told["AWS_ENDPOINT_URL"] == stage.sandbox.endpoint_url
    assert told["AWS_REGION"] == "eu-west-1"


def test_metadata_answers(stage: Stage) -> None:
    """The task metadata endpoint returns the task's identity."""
    task = stage.run(stage.definition())
    url = stage.ask(task)["environment"]["ECS_CONTAINER_METADATA_URI_V4"]
    assert call("GET", f"{url}/task").json()["TaskARN"] == task


def test_folders_are_the_tasks_own_and_go_with_it(stage: Stage) -> None:
    """Home, temporary files and models are in a folder that is deleted when the task ends."""
    task = stage.run(stage.definition())
    told = stage.ask(task)["environment"]
    folder = Path(told["HOME"])
    assert (Path(told["TMPDIR"]).parent, Path(told["MODEL_CACHE_DIR"]).parent) == (folder, folder)
    stage.client("ecs").stop_task(task=task)
    stage.task_in(task, "STOPPED")
    assert not folder.exists()


def test_model_folder_of_the_definition_is_kept(stage: Stage) -> None:
    """A model folder in the definition is not replaced."""
    told = stage.ask(stage.run(stage.definition(environment={"MODEL_CACHE_DIR": "/somewhere"})))
    assert told["environment"]["MODEL_CACHE_DIR"] == "/somewhere"


def test_command_and_entrypoint_of_the_definition(stage: Stage, log_group: str) -> None:
    """The definition's own entrypoint and command replace the image's."""
    command = ["import sys; print(sys.argv)", "x"]
    task = stage.run(stage.definition(logs=log_group, entryPoint=["python", "-c"], command=command))
    stage.task_in(task, "STOPPED")
    eventually(lambda: log_lines(stage, log_group, f"task/app/{short(task)}") == ["['-c', 'x']"])


def test_output_goes_to_the_log_group(stage: Stage, log_group: str) -> None:
    """Each line is an event in the stream `prefix/container/task`."""
    task = stage.run(stage.definition(logs=log_group, environment={"SAY": "größe ✓"}))
    eventually(lambda: log_lines(stage, log_group, f"task/app/{short(task)}") == ["started", "größe ✓"])


@pytest.mark.parametrize("code", [0, 3])
def test_process_that_exits(stage: Stage, code: int) -> None:
    """The exit code and the reason are those of ECS."""
    task = stage.task_in(stage.run(stage.definition(environment={"EXIT": str(code)})), "STOPPED")
    assert task["containers"][0]["exitCode"] == code
    assert (task["stopCode"], task["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )


def test_process_that_is_killed(stage: Stage) -> None:
    """A kill -9 gives exit code 137."""
    task = stage.run(stage.definition())
    os.kill(stage.ask(task)["pid"], signal.SIGKILL)
    assert stage.task_in(task, "STOPPED")["containers"][0]["exitCode"] == 137


def test_stopped_task(stage: Stage) -> None:
    """It gets SIGTERM, ends in time, and keeps the caller's reason."""
    task = stage.run(stage.definition())
    stage.ask(task)
    stage.client("ecs").stop_task(task=task, reason="enough")
    stopped = stage.task_in(task, "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")
    assert stopped["containers"][0]["exitCode"] == 0


def test_task_that_does_not_hear(stage: Stage) -> None:
    """After the stop timeout a task that ignores SIGTERM is killed."""
    task = stage.run(stage.definition(environment={"DEAF": "1"}, stopTimeout=1))
    stage.ask(task)
    started = time.monotonic()
    stage.client("ecs").stop_task(task=task)
    assert stage.task_in(task, "STOPPED")["containers"][0]["exitCode"] == 137
    assert time.monotonic() - started >= 1


def test_memory_limit(stage: Stage) -> None:
    """A container that uses more memory than its limit is killed, with ECS's reason."""
    task = stage.run(stage.definition(environment={"EAT_MIB": "100"}, memory=64))
    container = stage.task_in(task, "STOPPED")["containers"][0]
    assert container["exitCode"] == 137
    assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_sidecar_stops_with_the_essential_container(stage: Stage) -> None:
    """When an essential container ends, the task's others are stopped, too."""
    main = {"name": "main", "image": stage.image, "environment": [{"name": "EXIT", "value": "1"}]}
    side = {"name": "side", "image": stage.image, "portMappings": [{"containerPort": 8000}]}
    task = stage.task_in(stage.run(stage.register(side, main)), "STOPPED")
    codes = {one["name"]: one["exitCode"] for one in task["containers"]}
    assert codes["main"] == 1
    assert codes["side"] in (0, 143)  # SIGTERM, which may come before the program handles it


def test_sidecar_that_may_end(stage: Stage) -> None:
    """When another container ends, the task continues."""
    side = {
        "name": "side",
        "image": stage.image,
        "essential": False,
        "environment": [{"name": "EXIT", "value": "0"}],
    }
    main = {"name": "main", "image": stage.image, "portMappings": [{"containerPort": 8000}]}
    task = stage.run(stage.register(side, main))
    stage.ask(task)
    codes = eventually(
        lambda: [one["exitCode"] for one in stage.task(task)["containers"] if "exitCode" in one]
    )
    assert codes == [0]
    assert stage.task(task)["lastStatus"] == "RUNNING"


def container(stage: Stage, name: str, **keys: Any) -> dict[str, Any]:
    return {"name": name, "image": stage.image, **keys}


def test_container_waits_for_what_it_depends_on(stage: Stage, log_group: str) -> None:
    """The first in the definition starts last: after one that succeeded and one that became healthy."""
    ready = "/tmp/ready-" + uuid4().hex
    init = container(
        stage, "init", essential=False, entryPoint=["python", "-c"], command=["print('migrated')"]
    )
    side = container(
        stage,
        "side",
        entryPoint=["python", "-c"],
        command=[f"import time; time.sleep(1); open({ready!r}, 'w').close(); time.sleep(60)"],
        healthCheck={"command": ["CMD-SHELL", f"test -f {ready}"], "interval": 5},
    )
    main = container(
        stage,
        "app",
        portMappings=[{"containerPort": 8000}],
        dependsOn=[
            {"containerName": "init", "condition": "SUCCESS"},
            {"containerName": "side", "condition": "HEALTHY"},
        ],
    )
    started = time.monotonic()
    task = stage.run(stage.register(main, side, init))
    stage.task_in(task, "RUNNING", seconds=30)
    assert time.monotonic() - started >= 5  # the second run of the check is the first that succeeds
    assert Path(ready).exists()
    told = {one["name"]: one for one in stage.task(task)["containers"]}
    assert told["side"]["healthStatus"] == "HEALTHY"
    assert (
        eventually(lambda: {one["name"]: one for one in stage.task(task)["containers"]}["init"]).get(
            "exitCode"
        )
        == 0
    )
    stage.ask(task)
    Path(ready).unlink()


def test_containers_of_a_task_share_a_volume(stage: Stage) -> None:
    """A file that one writes at its path is at the other's path."""
    fetch = container(
        stage,
        "fetch",
        essential=False,
        entryPoint=["python", "-c", "import sys; open(sys.argv[1], 'w').write('weights')"],
        command=["/mnt/models/model.bin"],
        mountPoints=[{"sourceVolume": "model", "containerPath": "/mnt/models"}],
    )
    main = container(
        stage,
        "app",
        portMappings=[{"containerPort": 8000}],
        dependsOn=[{"containerName": "fetch", "condition": "SUCCESS"}],
        environment=[{"name": "MODEL", "value": "/mine"}],
        mountPoints=[{"sourceVolume": "model", "containerPath": "/mine", "readOnly": True}],
    )
    told = stage.ask(stage.run(stage.register(main, fetch)), "/file?/mine/model.bin")
    assert told["content"] == "weights"
    assert told["environment"]["MODEL"] == "/mine"


def test_dependency_that_fails_keeps_the_others_from_starting(stage: Stage) -> None:
    """A migration that fails stops the task, with a reason that names both containers."""
    init = container(stage, "init", essential=False, environment=[{"name": "EXIT", "value": "4"}])
    main = container(stage, "app", dependsOn=[{"containerName": "init", "condition": "SUCCESS"}])
    task = failed_start(stage, stage.register(main, init))
    assert "[init] for target [app] as dependency did not exit successfully" in task["stoppedReason"]


def failed_start(stage: Stage, definition: str) -> Any:
    task = stage.task_in(stage.run(definition), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    return task


def test_image_that_does_not_exist(stage: Stage) -> None:
    """A missing image gives ECS's own reason, on the task and on the container."""
    image = stage.image.replace(stage.image[-6:], "000000")
    task = failed_start(stage, stage.definition(image=image))
    tried = "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref"
    expected = f"{tried} {image}: {image}: not found"
    assert task["stoppedReason"] == task["containers"][0]["reason"] == expected


def test_image_of_an_unreachable_registry(stage: Stage) -> None:
    """An image outside the sandbox's registry can't be pulled."""
    task = failed_start(stage, stage.definition(image="nginx:latest"))
    assert task["stoppedReason"].startswith("CannotPullContainerError: ")


def test_image_by_tag(stage: Stage) -> None:
    """A tag works like a digest."""
    reference = stage.image.partition("@")[0] + ":one"
    assert stage.ask(stage.run(stage.definition(image=reference)))["path"] == "/"


def test_command_that_does_not_exist(stage: Stage) -> None:
    """A missing program gives ECS's own reason."""
    task = failed_start(stage, stage.definition(entryPoint=["nowhere"]))
    assert task["stoppedReason"] == (
        'CannotStartContainerError: exec: "nowhere": executable file not found in $PATH'
    )


def test_missing_log_group(stage: Stage) -> None:
    """Without its log group a task doesn't start."""
    task = failed_start(stage, stage.definition(logs="/nowhere"))
    assert task["stoppedReason"].startswith("ResourceInitializationError: failed to validate logger args")
    assert "The specified log group does not exist" in task["stoppedReason"]


def test_missing_secret(stage: Stage) -> None:
    """A secret that can't be read keeps the task from starting, and only its name is shown."""
    arn = "arn:aws:ssm:eu-west-1:000000000000:parameter/nowhere"
    task = failed_start(stage, stage.definition(secrets=[{"name": "TOKEN", "valueFrom": arn}]))
    assert task["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets")


def test_secrets_arrive_decrypted(stage: Stage) -> None:
    """The task gets the plain values of a SecureString and of a Secrets Manager secret."""
    name = f"/token/{uuid4().hex[:8]}"
    stage.client("ssm").put_parameter(Name=name, Value="plain", Type="SecureString")
    stored = stage.client("secretsmanager").create_secret(Name=name[1:], SecretString="also plain")["ARN"]
    parameter = f"arn:aws:ssm:eu-west-1:000000000000:parameter{name}"
    secrets = [{"name": "A", "valueFrom": parameter}, {"name": "B", "valueFrom": stored}]
    told = stage.ask(stage.run(stage.definition(secrets=secrets)))["environment"]
    assert (told["A"], told["B"]) == ("plain", "also plain")


def test_children_of_a_task_end_with_it(stage: Stage) -> None:
    """A task's child processes end when its process does."""
    code = "import os, subprocess, sys; subprocess.Popen(['sleep', '60']); sys.exit(1)"
    before = set(proc.marked(stage.sandbox.mark))
    stage.task_in(stage.run(stage.definition(entryPoint=["python", "-c", code])), "STOPPED")
    eventually(lambda: set(proc.marked(stage.sandbox.mark)) <= before)

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from emulator import settings as emulator_settings
from emulator.containers import client
from emulator.keys import Keys
from emulator.runtime import image
from emulator.runtime.address import Addresses
from emulator.runtime.container import Container
from emulator.runtime.memory import exceeds
from emulator.runtime.output import Output
from emulator.runtime.specification import placed
from emulator.runtime.task_environment import inside_tree, task_environment
from emulator.settings import Settings, from_environment
from wrapper.aws.client import Credentials
from wrapper.image import process_format
from wrapper.sandbox import engine_client, proc
from wrapper.sandbox import settings as wrapper_settings
from wrapper.sandbox.settings import Settings as WrapperSettings

Start = Callable[[str], Container]
BEGIN = Path(__file__).parents[2] / "emulator/runtime/begin.py"


@pytest.fixture
def told(tmp_path: Path) -> WrapperSettings:
    return WrapperSettings(
        mark=f"{tmp_path}#1",
        keys=Credentials("SANDBOX1", "s3cr3t"),
        folder=tmp_path,
        port=4566,
        alb_port=8080,
        region="eu-west-1",
        account_id="000000000000",
        task_path="/clone/.venv/bin:/usr/bin",
        packages=Path("/clone/.wrapper/packages"),
    )


@pytest.fixture
def settings(told: WrapperSettings) -> Settings:
    return from_environment(told.environment({}))


@pytest.fixture
def start() -> Iterator[Start]:
    """Start Python code as a container."""
    started: list[Container] = []

    def begin(code: str) -> Container:
        process = subprocess.Popen(
            [sys.executable, "-u", "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        container = Container(
            process,
            name="test",
            labels={},
            address="127.64.0.1",
            stop_seconds=30,
            stop_signal="SIGTERM",
            memory_mib=None,
            released=lambda _: None,
        )
        started.append(container)
        return container

    yield begin
    for container in started:
        container.remove()


def test_settings_survive_the_environment(told: WrapperSettings) -> None:
    """The emulator reads what the wrapper sets, also what the caller sets by a variable."""
    asked = {
        wrapper_settings.FAULT_PERCENT: "2.5",
        wrapper_settings.LATE_SECONDS: "7",
        wrapper_settings.VCPUS: "3",
    }
    read = from_environment(told.environment(asked))
    said = asdict(told) | {"keys": asdict(Keys(*told.keys[:2]))}
    assert said == {key: value for key, value in asdict(read).items() if key in said}
    assert (read.fault_percent, read.late_seconds, read.most_vcpus) == (2.5, 7, 3)
    assert read.endpoint_url == told.endpoint_url


def test_both_sides_say_the_same() -> None:
    """The emulator and the wrapper import nothing of each other: both contain what they agree on."""
    assert (emulator_settings.MARK, emulator_settings.IDENTITY) == (proc.MARK, wrapper_settings.IDENTITY)
    assert (image.MANIFEST, image.KIND) == (process_format.MANIFEST, process_format.KIND)
    assert client.LABEL == engine_client.LABEL


def test_emulator_gets_little_of_the_callers_environment(told: WrapperSettings) -> None:
    """The developer's keys, proxies and profiles are not passed on."""
    base = {"AWS_PROFILE": "prod", "HTTPS_PROXY": "http://proxy", "PATH": "/usr/bin"}
    environment = told.environment(base)
    assert environment["PATH"] == "/usr/bin"
    assert not {"AWS_PROFILE", "HTTPS_PROXY"} & set(environment)
    assert environment["BIND_HOST"] == "127.0.0.1"


@pytest.mark.parametrize(("code", "expected"), [("pass", 0), ("raise SystemExit(3)", 3)])
def test_exit_code(start: Start, code: str, expected: int) -> None:
    """The exit code is the process's own."""
    assert start(code).wait()["StatusCode"] == expected


def test_exit_code_of_a_killed_process(start: Start) -> None:
    """A signal gives 128 and its number."""
    container = start("import time; time.sleep(60)")
    container.kill()
    assert container.wait()["StatusCode"] == 137


def test_stop_waits_for_a_process_that_listens(start: Start) -> None:
    """SIGTERM comes first; a process that ends in time is not killed."""
    code = (
        "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(4)); print('ready'); time.sleep(60)"
    )
    container = start(code)
    assert next(container.follow()) == b"ready\n"
    container.stop(5)
    assert container.wait()["StatusCode"] == 4


def test_output_of_a_process(start: Start) -> None:
    """Both streams are read, line by line, until the end."""
    container = start("import sys; print('out'); print('err', file=sys.stderr)")
    assert sorted(b"".join(container.follow()).split()) == [b"err", b"out"]
    assert sorted(container.tail(2).split()) == [b"err", b"out"]


def test_release_happens_once(start: Start) -> None:
    """A second removal of a container does not free its address again."""
    released: list[int] = []
    container = start("pass")
    container._released = lambda _: released.append(1)
    container.remove()
    container.remove()
    assert released == [1]


def test_output_follows_from_the_oldest_line() -> None:
    """A late reader gets all earlier lines, then the later ones, then the end."""
    output = Output()
    output.write(b"one\n")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.extend(output.follow()))
    reader.start()
    output.write(b"two\n")
    output.close()
    reader.join(5)
    assert b"".join(got) == b"one\ntwo\n"
    assert output.tail(1) == b"two\n"


def test_address_is_shared_by_a_tasks_containers() -> None:
    """Containers of a task have one address, tasks have different ones, the last container frees it."""
    addresses = Addresses()
    first = addresses.borrow("task", [8000])
    assert addresses.borrow("task", [9000]) == first
    assert addresses.borrow("other", [8000]) != first
    assert [addresses.give_back("task") for _ in range(3)] == [False, True, False]


def test_environment_of_a_task(settings: Settings, tmp_path: Path) -> None:
    """The task definition overrides the image; address, PATH and folders are set by the sandbox."""
    environment = task_environment(
        image={"A": "image", "B": "image", "PATH": "/image/bin", "MODEL_CACHE_DIR": "/var/cache"},
        definition={"A": "definition", "HOST": "0.0.0.0", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "x"},
        path="/clone/.venv/bin:/usr/bin",
        tree=tmp_path / "tree",
        folder=tmp_path / "task",
        address="127.64.0.1",
        settings=settings,
    )
    assert (environment["A"], environment["B"]) == ("definition", "image")
    assert (environment["HOST"], environment["PATH"]) == ("127.64.0.1", settings.task_path)
    assert environment["MODEL_CACHE_DIR"] == str(tmp_path / "task" / "models")
    assert "AWS_CONTAINER_AUTHORIZATION_TOKEN" not in environment


def test_paths_of_the_image_lead_into_its_tree(tmp_path: Path) -> None:
    """Only absolute paths that the image holds are rewritten."""
    (tmp_path / "app").mkdir()
    assert inside_tree("/app:/usr/lib:word", tmp_path) == f"{tmp_path}/app:/usr/lib:word"


def test_paths_in_a_volume_lead_to_where_it_lies(tmp_path: Path) -> None:
    """If the image's tree can't be the root, words that are such a path are rewritten as a whole."""
    volumes = {"/mine": tmp_path}
    assert [placed(word, volumes) for word in ("/mine/a", "/mine", "/miner", "at /mine")] == [
        f"{tmp_path}/a",
        str(tmp_path),
        "/miner",
        "at /mine",
    ]


def test_memory_of_a_family(start: Start) -> None:
    """A process's own memory counts with that of its children; what they share since the fork counts once."""
    code = (
        "import os, time\n"
        "shared = bytearray(os.urandom(40 * 2**20))\n"
        "child = os.fork()\n"
        "own = bytearray(os.urandom(10 * 2**20))\n"
        "print('ready', flush=True)\n"
        "time.sleep(60)\n"
    )
    container = start(code)
    while container.tail(2).count(b"ready") < 2:
        time.sleep(0.05)
    assert exceeds(container.pid, 50)
    assert not exceeds(container.pid, 90)


def test_task_ends_with_its_parent(tmp_path: Path) -> None:
    """The process that becomes a task is killed when the one that started it dies."""
    code = (
        "import os, subprocess, sys, time\n"
        f"words = [sys.executable, '-I', '-S', {str(BEGIN)!r}, str(os.getpid()), '-', '-', 'sleep', '60']\n"
        "print(subprocess.Popen(words).pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert parent.stdout
    child = int(parent.stdout.readline())
    command = Path(f"/proc/{child}/comm")
    deadline = time.monotonic() + 60
    while command.read_text() != "sleep\n" and time.monotonic() < deadline:
        time.sleep(0.01)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    while command.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not command.exists()


def test_task_of_a_dead_parent_does_not_begin(tmp_path: Path) -> None:
    """A task also ends if its parent died before the task could ask for the signal."""
    somebody_else = str(os.getppid())
    words = [
        sys.executable,
        "-I",
        "-S",
        str(BEGIN),
        somebody_else,
        "-",
        "-",
        "touch",
        str(tmp_path / "begun"),
    ]
    subprocess.run(words, check=True)
    assert not (tmp_path / "begun").exists()

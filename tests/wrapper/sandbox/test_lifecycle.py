import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.wrapper.sandbox.stage import CLONE, FakeEnvironment, Ports, Stage, eventually, free_ports
from wrapper import sandbox
from wrapper.errors import PreconditionError
from wrapper.sandbox import keys, launch, proc
from wrapper.sandbox.place import Place
from wrapper.sandbox.settings import Settings


def up(environment: FakeEnvironment, root: Path) -> sandbox.Sandbox:
    return sandbox.up(environment, root=root, progress=lambda _: None)


@pytest.fixture(scope="module")
def described() -> FakeEnvironment:
    """The environment of the sandbox that keeps running."""
    return FakeEnvironment(sandbox=free_ports())


@pytest.fixture(scope="module")
def running(described: FakeEnvironment, make_root: Callable[[], Path]) -> Iterator[Stage]:
    """A sandbox without any resource, for tests that only look."""
    root = make_root()
    yield Stage(sandbox=up(described, root), root=root)
    sandbox.down(described, root=root)


def test_up_answers_on_the_environments_ports(running: Stage, described: FakeEnvironment) -> None:
    """A started sandbox answers at the ports that the environment names."""
    assert launch.answers(f"http://127.0.0.1:{described.sandbox.port}", running.sandbox.mark)
    assert running.sandbox.alb_url == f"http://127.0.0.1:{described.sandbox.alb_port}"


def test_up_twice_is_one_sandbox(running: Stage, described: FakeEnvironment) -> None:
    """A second `up` finds the first one's sandbox."""
    assert up(described, running.root) == running.sandbox


def test_up_at_once_is_one_sandbox(environment: FakeEnvironment, root: Path) -> None:
    """If several start it at the same time, one does and the others wait."""
    found: list[sandbox.Sandbox] = []
    starters = [threading.Thread(target=lambda: found.append(up(environment, root))) for _ in range(3)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    assert len(found) == 3
    assert len(set(found)) == 1


def test_of_two_on_one_port_the_second_is_told_of_the_first(environment: FakeEnvironment, root: Path) -> None:
    """Both are started at the same time, in one clone; the message is not the emulator's traceback."""
    told: list[str] = []

    def start(name: str) -> None:
        try:
            up(replace(environment, name=name), root)
        except PreconditionError as error:
            told.append(error.message)

    names = ("one", "two")
    starters = [threading.Thread(target=start, args=[name]) for name in names]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()
    for name in names:
        sandbox.down(replace(environment, name=name), root=root)
    assert len(told) == 1
    assert "sandbox.port must be a free port" in told[0]


def test_find_returns_none_before_up(environment: FakeEnvironment, root: Path) -> None:
    """Without a start there is none."""
    assert sandbox.find(environment, root=root) is None


def test_find_returns_the_running_one(running: Stage, described: FakeEnvironment) -> None:
    """Later commands find the sandbox of an earlier one."""
    assert sandbox.find(described, root=running.root) == running.sandbox


def test_a_sandbox_that_others_use_goes_on(environment: FakeEnvironment, root: Path) -> None:
    """A plan stops the sandbox that it has started, but not if an apply has begun to use it."""
    started = up(environment, root)
    joins = "from pathlib import Path; from wrapper.sandbox.locks import join; join(Path(sys.argv[1]))"
    stays = "print('joined', flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", f"import sys; {joins}; {stays}"]
    users = Place(root=root, environment=environment.name).users
    other = subprocess.Popen(
        [*words, str(users)], cwd=CLONE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with other:
        assert other.stdout is not None
        assert other.stdout.readline() == "joined\n"
        assert not sandbox.down(environment, root=root, if_alone=True)
        assert sandbox.find(environment, root=root) == started
    assert sandbox.down(environment, root=root, if_alone=True)
    assert sandbox.find(environment, root=root) is None


def test_find_does_not_take_another_process_for_ours(environment: FakeEnvironment, root: Path) -> None:
    """A record whose process number belongs to another process by now is stale."""
    started = up(environment, root)
    place = Place(root=root, environment=environment.name)
    recorded = place.record.read_text()
    sandbox.down(environment, root=root)
    place.record.write_text(recorded.replace(str(started.pid), str(os.getpid())))
    assert sandbox.find(environment, root=root) is None
    assert not place.record.exists()


def test_sandbox_outlives_its_starter(environment: FakeEnvironment, root: Path) -> None:
    """The emulator continues after the process that started it has ended."""
    ports = environment.sandbox
    code = (
        "from pathlib import Path\n"
        "from tests.wrapper.sandbox.stage import FakeEnvironment, Ports\n"
        "from wrapper import sandbox\n"
        f"environment = FakeEnvironment(sandbox=Ports({ports.port}, {ports.alb_port}))\n"
        f"sandbox.up(environment, root=Path({str(root)!r}), progress=print)\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=CLONE, check=True, start_new_session=True)
    status = sandbox.status(environment, root=root)
    assert status is not None
    assert status.answers


def test_sandbox_ends_with_its_starter_if_asked(environment: FakeEnvironment, root: Path) -> None:
    """This holds however the starter ends, here by SIGKILL."""
    ports = environment.sandbox
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from tests.wrapper.sandbox.stage import FakeEnvironment, Ports\n"
        "from wrapper import sandbox\n"
        f"environment = FakeEnvironment(sandbox=Ports({ports.port}, {ports.alb_port}))\n"
        f"started = sandbox.up(environment, root=Path({str(root)!r}), progress=print, ends_with_us=True)\n"
        "print(started.pid)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-u", "-c", code]
    told = subprocess.run(command, cwd=CLONE, capture_output=True, text=True, check=False)
    assert told.returncode == -signal.SIGKILL, told.stderr
    assert proc.wait_gone([int(told.stdout.splitlines()[-1])], seconds=5) == []


def test_down_stops_everything(fresh: Stage, environment: FakeEnvironment) -> None:
    """After `down` no process of the sandbox is left, and its record is deleted."""
    assert sandbox.down(environment, root=fresh.root)
    assert proc.marked(fresh.sandbox.mark) == []
    assert sandbox.find(environment, root=fresh.root) is None


def test_down_twice_has_nothing_to_do(fresh: Stage, environment: FakeEnvironment) -> None:
    """A second `down` says that there was nothing to stop."""
    sandbox.down(environment, root=fresh.root)
    assert not sandbox.down(environment, root=fresh.root)


def test_killed_emulator_is_noticed(fresh: Stage, environment: FakeEnvironment) -> None:
    """After a crash the stale record is deleted."""
    os.kill(fresh.sandbox.pid, signal.SIGKILL)
    eventually(lambda: not proc.is_running(fresh.sandbox.pid))
    assert sandbox.find(environment, root=fresh.root) is None
    assert not Place(root=fresh.root, environment=environment.name).record.exists()


def test_killed_emulator_takes_its_tasks_along(fresh: Stage, app: Path) -> None:
    """When an emulator is killed, its tasks end, too."""
    fresh.image = fresh.push(app)
    task = fresh.run(fresh.definition())
    pid = fresh.ask(task)["pid"]
    os.kill(fresh.sandbox.pid, signal.SIGKILL)
    assert proc.wait_gone([pid], seconds=5) == []


def test_resources_vanish_with_the_emulator(fresh: Stage, environment: FakeEnvironment) -> None:
    """State and resources are only in the emulator's memory: the next one starts empty."""
    fresh.client("s3").create_bucket(
        Bucket="state", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    os.kill(fresh.sandbox.pid, signal.SIGKILL)
    again = Stage(sandbox=up(environment, fresh.root), root=fresh.root)
    assert again.client("s3").list_buckets()["Buckets"] == []


def test_one_that_ends_while_it_is_asked_is_no_other_namespaces(
    fresh: Stage, environment: FakeEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was running when it was found, and has ended before it answers."""
    answers = launch.answers

    def end_and_ask(url: str, mark: str) -> bool:
        proc.end([fresh.sandbox.pid], seconds=10)
        return answers(url, mark)

    monkeypatch.setattr(launch, "answers", end_and_ask)
    assert up(environment, fresh.root).pid != fresh.sandbox.pid


def test_orphan_of_a_lost_record_is_ended(fresh: Stage, environment: FakeEnvironment) -> None:
    """An emulator whose record was deleted is found by its mark, and ended before a new one starts."""
    Place(root=fresh.root, environment=environment.name).record.unlink()
    again = up(environment, fresh.root)
    assert again.pid != fresh.sandbox.pid
    assert not proc.is_running(fresh.sandbox.pid)


def test_listens_on_loopback_alone(running: Stage) -> None:
    """Every socket that the emulator listens on is bound to 127.0.0.1."""
    running.client("ecs").list_clusters()
    assert set(listening_addresses(running.sandbox.pid)) == {"0100007F"}


def listening_addresses(pid: int) -> list[str]:
    sockets = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink()}
    tables = [Path(f"/proc/net/{name}").read_text().splitlines() for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table]
    return [row[1].partition(":")[0] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in sockets]


def test_status_of_a_running_sandbox(running: Stage, described: FakeEnvironment) -> None:
    """The status says that it answers and how many resources it has."""
    status = sandbox.status(described, root=running.root)
    assert status is not None
    assert (status.answers, status.tasks) == (True, 0)
    assert 10 < status.memory_mib < 500


def test_logs_are_there_after_the_end(fresh: Stage, environment: FakeEnvironment) -> None:
    """The log of an emulator that no longer runs can still be read."""
    sandbox.down(environment, root=fresh.root)
    assert any("Running on" in line for line in sandbox.logs(environment, root=fresh.root))


def test_logs_without_a_sandbox(environment: FakeEnvironment, root: Path) -> None:
    """Without any run there are no lines."""
    assert sandbox.logs(environment, root=root) == []


def test_changed_port_is_refused_while_it_runs(running: Stage, described: FakeEnvironment) -> None:
    """A sandbox can't move to another port: its resources would be lost."""
    moved = FakeEnvironment(sandbox=Ports(described.sandbox.port, free_ports().alb_port))
    with pytest.raises(
        PreconditionError, match=r"sandbox\.alb_port must be \d+ while the sandbox runs"
    ) as caught:
        up(moved, running.root)
    assert "sandbox down test" in str(caught.value.fix)


def test_folder_that_cannot_be_written(environment: FakeEnvironment, root: Path) -> None:
    """Without write access to the clone there is one clear error."""
    (root / ".wrapper" / environment.name).write_text("in the way")
    with pytest.raises(PreconditionError, match="must be writable"):
        up(environment, root)


def test_emulator_that_does_not_start(tmp_path: Path) -> None:
    """The error has the last lines of an emulator that ends at once."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such module >&2\nexit 1\n")
    broken.chmod(0o755)
    settings = Settings(
        mark=f"{tmp_path}#1",
        keys=keys.make(tmp_path / "credentials"),
        folder=tmp_path,
        port=free_ports().port,
        alb_port=free_ports().alb_port,
        region="eu-west-1",
        account_id="000000000000",
        task_path="/usr/bin",
        packages=tmp_path / "packages",
    )
    with pytest.raises(PreconditionError, match="no such module"):
        launch.start(broken, settings, log=tmp_path / "log")


ELSEWHERE = """
import sys
from pathlib import Path
from tests.wrapper.sandbox.stage import FakeEnvironment, Ports
from wrapper import sandbox
from wrapper.errors import PreconditionError
environment = FakeEnvironment(sandbox=Ports(int(sys.argv[2]), int(sys.argv[3])))
for ask in (sandbox.find, sandbox.down):
    try:
        print("found" if ask(environment, root=Path(sys.argv[1])) else "none")
    except PreconditionError as error:
        print(error.message)
"""


@pytest.mark.parametrize("network", ["shared", "own"])
def test_a_sandbox_of_another_pid_namespace_is_not_dead(
    environment: FakeEnvironment, root: Path, network: str
) -> None:
    """From a container it can be used if it answers; it is never ended, and otherwise there is a message."""
    own = ["--net"] if network == "own" else []
    apart = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", *own, "--"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system gives no namespaces")
    started = up(environment, root)
    ports = (str(environment.sandbox.port), str(environment.sandbox.alb_port))
    told = subprocess.run(
        [*apart, sys.executable, "-c", ELSEWHERE, str(root), *ports],
        cwd=CLONE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    elsewhere = "the sandbox of test must be reachable from here, got one in another pid namespace, "
    assert [line.startswith(elsewhere) for line in told] == [network == "own", True]
    assert sandbox.find(environment, root=root) == started


def test_a_task_does_not_hold_what_tells_that_the_emulator_lives(stage: Stage) -> None:
    """A task may outlive a killed emulator for a moment."""
    task = stage.run(stage.definition())
    stage.task_in(task, "RUNNING")
    alive = Place(root=stage.root, environment=stage.sandbox.environment).alive
    holders = [pid for pid in proc.marked(stage.sandbox.mark) if str(alive) in proc_files(pid)]
    assert holders == [stage.sandbox.pid]


def proc_files(pid: int) -> list[str]:
    return [file.path for file in psutil.Process(pid).open_files()]

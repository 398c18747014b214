"""Each task has a network of its own, by namespaces of the kernel, also without root."""

import os
import socket
import subprocess
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from emulator.runtime.network import beginning
from tests.wrapper.sandbox.stage import Stage, call, eventually, sandbox_in

_EVERYWHERE = (
    "from http.server import *\n"
    "class Handler(BaseHTTPRequestHandler):\n"
    "    def do_GET(self): self.send_response(200); self.end_headers()\n"
    "HTTPServer(('0.0.0.0', 8001), Handler).serve_forever()"
)
ASK = (
    "import time, urllib.request\n"
    "def ask():\n"
    "    try: return urllib.request.urlopen('http://127.0.0.1:9000/', timeout=5).status\n"
    "    except OSError: time.sleep(0.05)\n"
    "print(next(filter(None, iter(ask, object()))))"
)


def serving(stage: Stage, name: str, port: int, host: str = "0.0.0.0") -> dict[str, Any]:
    """Return a container that answers at a host and a port."""
    told = {"HOST": host, "PORT": str(port), "NAME": name}
    environment = [{"name": key, "value": value} for key, value in told.items()]
    ports = [{"containerPort": port}]
    return {"name": name, "image": stage.image, "portMappings": ports, "environment": environment}


def speaker(stage: Stage, task: str, port: int = 8000) -> str:
    """Return which container answers at a task's port, "" if the connection is refused."""
    try:
        answer = call("GET", f"http://{stage.address(task)}:{port}/", seconds=5)
    except httpx.ConnectError:
        return ""
    return str(answer.json()["environment"]["NAME"])


def printed(stage: Stage, log_group: str, task: str, container: str) -> list[str]:
    """Return what a container that has ended printed."""
    stage.task_in(task, "STOPPED", seconds=20)
    stream = f"task/{container}/{task.rpartition('/')[2]}"
    events = stage.client("logs").get_log_events(logGroupName=log_group, logStreamName=stream)["events"]
    return [event["message"] for event in events]


def code(stage: Stage, log_group: str, text: str) -> dict[str, Any]:
    """Return a container that runs Python code."""
    options = {"awslogs-group": log_group, "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "task"}
    logging = {"logDriver": "awslogs", "options": options}
    words = ["python", "-c", text]
    return {"name": "code", "image": stage.image, "entryPoint": words, "logConfiguration": logging}


def test_two_tasks_listen_everywhere_on_one_port(stage: Stage) -> None:
    """Both may listen on 0.0.0.0 at the same port, and each address answers for its own task."""
    tasks = {name: stage.run(stage.register(serving(stage, name, 8000))) for name in ("one", "two")}
    assert {name: eventually(partial(speaker, stage, task)) for name, task in tasks.items()} == {
        "one": "one",
        "two": "two",
    }


def test_containers_of_a_task_meet_on_localhost(stage: Stage, log_group: str) -> None:
    """A sidecar answers the service's container at 127.0.0.1, in each of two tasks."""
    containers = serving(stage, "side", 9000, "127.0.0.1"), code(stage, log_group, ASK)
    tasks = [stage.run(stage.register(*containers)) for _ in range(2)]
    assert [printed(stage, log_group, task, "code") for task in tasks] == [["200"], ["200"]]


def test_what_listens_on_localhost_alone_is_out_of_reach(stage: Stage) -> None:
    """A load balancer calls the task's own address, on which such a program doesn't listen."""
    task = stage.run(stage.register(serving(stage, "deaf", 8000, "127.0.0.1"), serving(stage, "open", 9000)))
    assert eventually(lambda: speaker(stage, task, 9000)) == "open"
    assert speaker(stage, task, 8000) == ""


def test_nobody_answers_for_a_task_that_listens_on_nothing(stage: Stage) -> None:
    """Its target is unhealthy although another task listens on every address at that port."""
    neighbour = stage.run(stage.register(serving(stage, "neighbour", 8000)))
    eventually(lambda: speaker(stage, neighbour))
    silent = stage.run(stage.definition(entryPoint=["python", "-c", "import time; time.sleep(300)"]))
    balancer = stage.balancer()
    balancer.register((stage.address(silent), 8000))
    eventually(lambda: balancer.states() == ["unhealthy"], seconds=30)


def test_port_that_closes_looks_closed(stage: Stage) -> None:
    """A program that stopped listening refuses connections, as a dead one would."""
    once = (
        "import socket, time\n"
        "listener = socket.create_server(('0.0.0.0', 8000)); caller, _ = listener.accept()\n"
        "listener.close(); caller.sendall(b'bye'); caller.close(); time.sleep(300)"
    )
    task = stage.run(stage.definition(entryPoint=["python", "-c", once]))

    def call() -> bytes:
        with socket.create_connection((stage.address(task), 8000), timeout=5) as caller:
            return caller.recv(3)

    def is_refused() -> bool:
        try:
            return call() is None
        except ConnectionResetError:
            return False
        except ConnectionRefusedError:
            return True

    assert eventually(lambda: not is_refused())
    eventually(is_refused)


def test_many_callers_may_wait(stage: Stage) -> None:
    """Beyond a full queue a caller would repeat its SYN, after a second at the earliest."""
    task = stage.run(stage.register(serving(stage, "busy", 8000)))
    assert eventually(lambda: speaker(stage, task)) == "busy"
    address = stage.address(task)
    [relay] = [each for each in psutil.process_iter(["cmdline"]) if address in (each.info["cmdline"] or ())]
    with ExitStack() as stack:
        relay.suspend()
        stack.callback(relay.resume)
        for _ in range(500):
            stack.enter_context(socket.create_connection((address, 8000), timeout=0.9))


def test_port_that_a_program_of_the_machine_takes_is_named(stage: Stage) -> None:
    """If a program of the machine listens on every address, the task's error says so."""
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        task = stage.run(stage.register(serving(stage, "late", port)))
        reason = stage.task_in(task, "STOPPED")["stoppedReason"]
    assert f"port {port} must be free" in reason


def test_task_reaches_aws_and_the_load_balancers_and_nothing_else(stage: Stage, log_group: str) -> None:
    """Inside, 127.0.0.1 has the emulator's two ports, and no other port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = (stage.sandbox.port, stage.sandbox.alb_port, other.getsockname()[1])
        text = f"import socket\nprint([socket.socket().connect_ex(('127.0.0.1', port)) for port in {ports}])"
        task = stage.run(stage.register(code(stage, log_group, text)))
        assert printed(stage, log_group, task, "code") == ["[0, 0, 111]"]


def test_task_reaches_other_services_by_name(stage: Stage, log_group: str) -> None:
    """The load balancer's own name and those of its rules lead to it, also for a task that runs already."""
    balancer = stage.balancer()
    target = stage.run(stage.register(serving(stage, "other", 8000)))
    balancer.register((stage.address(target), 8000))
    eventually(lambda: balancer.states() == ["healthy"], seconds=30)
    [found] = stage.client("elbv2").describe_load_balancers(Names=[balancer.name])["LoadBalancers"]
    url = f"http://{found['DNSName']}:{stage.sandbox.alb_port}/"
    ask = f"import json, urllib.request as u; print(json.load(u.urlopen({url!r}))['environment']['NAME'])"
    task = stage.run(stage.register(code(stage, log_group, ask)))
    assert printed(stage, log_group, task, "code") == ["other"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_ordinary_user_makes_and_joins_networks() -> None:
    """Without root a user namespace gives the permission."""
    _, *flags, program, _, _, _ = beginning()
    # The machine's own Python: other users may not be allowed to read the clone's.
    begin = ["/usr/bin/python3", *flags, "-c", Path(program).read_text(), "0"]
    made = [*begin, "new", "-", "sh", "-c", "echo made; exec sleep 60"]
    with subprocess.Popen(made, user="nobody", cwd="/", stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"made\n"
        words = [*begin, str(holder.pid), "-", "cat", "/proc/net/dev"]
        joined = subprocess.run(words, user="nobody", cwd="/", stdout=subprocess.PIPE, check=True)
        holder.kill()
    assert [line.split(b":")[0].strip() for line in joined.stdout.splitlines()[2:]] == [b"lo"]


def test_without_networks_the_listener_decides(
    app: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If tasks share the machine's network, a target is healthy only if that very task listens."""
    monkeypatch.setenv("WRAPPER_SANDBOX_NETWORK", "shared")
    with sandbox_in(tmp_path) as running:
        assert running.runtime == "local processes without networks of their own"
        assert running.reached == "whatever this machine reaches"
        stage = Stage(sandbox=running, root=tmp_path)
        stage.image = stage.push(app)
        answering = stage.run(stage.definition())
        everywhere = stage.run(stage.definition(entryPoint=["python", "-c", _EVERYWHERE]))
        silent = stage.run(stage.definition(entryPoint=["python", "-c", "import time; time.sleep(300)"]))
        balancer = stage.balancer()
        balancer.register(*((stage.address(task), 8000) for task in (answering, silent)))
        balancer.register((stage.address(everywhere), 8001), (stage.address(silent), 8001))
        eventually(lambda: "initial" not in balancer.states(), seconds=30)
        healthy = {place for place, (state, _, _) in balancer.health().items() if state == "healthy"}
        assert healthy == {(stage.address(answering), 8000), (stage.address(everywhere), 8001)}

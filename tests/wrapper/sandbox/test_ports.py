import os
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wrapper.sandbox.stage import FakeEnvironment, Stage, free_ports
from wrapper import sandbox
from wrapper.errors import PreconditionError
from wrapper.sandbox import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_free_ports_pass(tmp_path: Path) -> None:
    """Two free ports are no problem."""
    free = free_ports()
    ports.require_free("dev", free.port, free.alb_port, work=tmp_path)


def test_taken_port_is_named_with_its_holder(tmp_path: Path, taken: int, unused_port: int) -> None:
    """The error has the key, the value and the process that has the port."""
    expected = f"sandbox.alb_port must be a free port, got {taken}, which process {os.getpid()} ("
    with pytest.raises(PreconditionError, match=re.escape(expected)) as caught:
        ports.require_free("dev", unused_port, taken, work=tmp_path)
    assert caught.value.fix == "stop it, or choose another sandbox.alb_port in environments/dev.yaml"


def test_port_on_all_interfaces_counts_as_taken(tmp_path: Path, unused_port: int) -> None:
    """A program that listens on every address has loopback, too."""
    with socket.create_server(("0.0.0.0", 0)) as server:
        taken = server.getsockname()[1]
        with pytest.raises(PreconditionError, match=rf"sandbox\.port must be a free port, got {taken}"):
            ports.require_free("dev", taken, unused_port, work=tmp_path)


def test_port_that_somebody_is_connected_from_is_told(tmp_path: Path, taken: int, unused_port: int) -> None:
    """Any program may use it as a client's port for a while."""
    with socket.create_connection(("127.0.0.1", taken)) as connection:
        own = connection.getsockname()[1]
        with pytest.raises(PreconditionError, match=rf"got {own}, which process {os.getpid()} \("):
            ports.require_free("dev", unused_port, own, work=tmp_path)


@pytest.mark.slow
def test_port_that_is_taken_while_the_sandbox_starts(root: Path, environment: FakeEnvironment) -> None:
    """The message is not the emulator's traceback."""
    with socket.socket() as other:

        def take(step: str) -> None:
            if step == "starting the emulator":
                other.bind(("127.0.0.1", environment.sandbox.alb_port))
                other.listen()

        expected = f"sandbox.alb_port must be a free port, got {environment.sandbox.alb_port}, which process"
        with pytest.raises(PreconditionError, match=re.escape(expected)) as caught:
            sandbox.up(environment, root=root, progress=take)
    assert caught.value.fix == "stop it, or choose another sandbox.alb_port in environments/test.yaml"


def test_same_port_twice(tmp_path: Path, unused_port: int) -> None:
    """The API and the load balancer can't share a port."""
    with pytest.raises(PreconditionError, match=r"sandbox\.alb_port must differ from sandbox\.port"):
        ports.require_free("dev", unused_port, unused_port, work=tmp_path)


def test_port_of_another_environment(fresh: Stage, environment: FakeEnvironment) -> None:
    """It is reported before anything is started."""
    other = replace(environment, name="other")
    expected = (
        rf"got {environment.sandbox.port}, which the sandbox of test \(process {fresh.sandbox.pid}\) holds"
    )
    with pytest.raises(PreconditionError, match=expected):
        sandbox.up(other, root=fresh.root, progress=print)
    assert not (fresh.root / ".wrapper" / "other" / "sandbox" / "state").exists()

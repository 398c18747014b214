"""A sandbox of the tests' own: the emulator's S3 is where states and locks really live."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest

from wrapper import sandbox
from wrapper.aws import Aws
from wrapper.sandbox import venv

CLONE = Path(__file__).parents[3]


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@pytest.fixture(scope="session")
def emulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The door to an emulator that only these tests use; its virtual environment is the clone's."""
    root = tmp_path_factory.mktemp("clone")
    (root / ".wrapper").mkdir()
    (root / "requirements").symlink_to(CLONE / "requirements")
    (CLONE / ".wrapper").mkdir(exist_ok=True)
    shared = CLONE / ".wrapper" / "sandbox-venv"
    venv.ensure(shared, root=CLONE, progress=print)
    (root / ".wrapper" / "sandbox-venv").symlink_to(shared)
    port, alb_port = free_ports(2)
    environment = SimpleNamespace(
        name=f"state-{os.getpid()}",
        region="eu-west-1",
        account_id="000000000000",
        sandbox=SimpleNamespace(port=port, alb_port=alb_port, runtime="process"),
    )
    running = sandbox.up(environment, root=root, progress=print)
    yield Aws(region="eu-west-1", endpoint_url=running.endpoint_url)
    sandbox.down(environment, root=root)

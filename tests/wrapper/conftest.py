"""Real parts for the wrapper's tests: one AWS emulator for the whole run, on ports of its own."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wrapper import sandbox
from wrapper.aws import Aws
from wrapper.environment import Sandbox
from wrapper.sandbox import venv
from wrapper.sandbox.place import Place

CLONE = Path(__file__).parents[2]
REGION = "eu-west-1"


@dataclass(frozen=True, kw_only=True)
class EmulatorEnvironment:
    """As much of an environment as an emulator needs."""

    name: str
    region: str
    account_id: str
    sandbox: Sandbox


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sandbox.Sandbox]:
    """A running sandbox outside the clone; only its virtual environment is the clone's."""
    root = tmp_path_factory.mktemp("clone")
    work = Place(root=root, environment="test").work
    work.mkdir()
    shared = Place(root=CLONE, environment="test").venv
    shared.parent.mkdir(exist_ok=True)
    venv.ensure(shared, root=CLONE, progress=lambda _: None)
    (work / shared.name).symlink_to(shared)
    (root / "requirements").symlink_to(CLONE / "requirements")
    port, alb_port = free_ports(2)
    environment = EmulatorEnvironment(
        name="test",
        region=REGION,
        account_id="000000000000",
        sandbox=Sandbox(port=port, alb_port=alb_port),
    )
    yield sandbox.up(environment, root=root, progress=lambda _: None)
    sandbox.down(environment, root=root)


@pytest.fixture(scope="session")
def aws(emulator: sandbox.Sandbox) -> Aws:
    """The door to the emulator's AWS."""
    return Aws(region=REGION, endpoint_url=emulator.endpoint_url)


def free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports: list[int] = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports

"""What a rehearsal refuses before anything is created."""

import socket
from pathlib import Path

import pytest

from tests.sample import ENVIRONMENTS
from tests.wrapper.listener import Listener
from tests.wrapper.rehearse.test_report import no_node
from tests.wrapper.test_cli import wrapper
from wrapper.delivery.site import Command
from wrapper.environment import load
from wrapper.errors import LockedError, PreconditionError
from wrapper.sandbox.locks import held
from wrapper.sandbox.ports import free_ports
from wrapper.verbs.rehearse import rehearse
from wrapper.verbs.rehearse.place import place_of


def command(name: str, root: Path) -> Command:
    return Command(root=root, environment=load(name, directory=ENVIRONMENTS), console=Listener())


def test_unknown_environment_names_those_there_are() -> None:
    """The message lists the existing environments, as for every command."""
    answer = wrapper("rehearse", "prood")
    assert answer.returncode == 3
    assert "dev, prod, staging" in answer.stderr


def test_environment_of_the_sandbox_is_refused() -> None:
    """It needs no rehearsal, and nothing is created for it."""
    answer = wrapper("rehearse", "dev", "--json")
    assert answer.returncode == 10
    assert "dev must have target aws to be rehearsed, got target sandbox." in answer.stderr


def test_busy_port_is_told_with_who_holds_it(tmp_path: Path) -> None:
    """The message also has the options that choose other ports."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen(1)
        port = busy.getsockname()[1]
        with pytest.raises(PreconditionError, match=f"must be a free port, got {port}") as caught:
            rehearse(command("prod", tmp_path), port=port, alb_port=free_ports()[0], judge=no_node)
    assert "--port" in str(caught.value.fix)
    assert list(tmp_path.iterdir()) == []


def test_one_environment_is_rehearsed_by_one_at_a_time(tmp_path: Path) -> None:
    """Two rehearsals would write into the same folder."""
    (tmp_path / ".wrapper" / "rehearsals").mkdir(parents=True)
    with (
        held(tmp_path / ".wrapper" / "rehearsals" / "prod.lock"),
        pytest.raises(LockedError, match="prod must be rehearsed by one process at a time"),
        place_of(tmp_path, "prod", console=Listener()),
    ):
        pass

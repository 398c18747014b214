"""Who holds a lock: it is dead only if that is certain, on the machine of its process number."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from wrapper.terraform.state.holder import identity, is_dead

ROOT = Path(__file__).parents[3]
TELL = "import json; from wrapper.terraform.state.holder import identity; print(json.dumps(identity()))"
JUDGE = """
import json, sys
from wrapper.terraform.state.holder import is_dead
print(is_dead(json.loads(sys.argv[1])))
"""
APART = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--"]


def python(*words: str, before: Sequence[str] = ()) -> Any:
    command = [*before, sys.executable, "-c", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def apart() -> Sequence[str]:
    """Return what runs a command in a pid namespace of its own."""
    if subprocess.run([*APART, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this system gives no pid namespace")
    return APART


@pytest.fixture
def ended() -> dict[str, Any]:
    """Return the identity of a process that has ended."""
    found: dict[str, Any] = json.loads(python(TELL))
    return found


def test_a_process_that_runs_is_not_dead() -> None:
    """This holds even for another user's process, which can't be signalled."""
    assert not is_dead(identity())


def test_a_process_that_has_ended_is_dead(ended: dict[str, Any]) -> None:
    """Its number is free, or belongs to a process that started at another time."""
    assert is_dead(ended)
    assert is_dead({**ended, "Pid": os.getppid()})


@pytest.mark.parametrize(
    "other",
    [
        {"Boot": "another machine, or before this one has restarted"},
        {"Namespaces": "pid:[1]"},
        {"Boot": None, "Namespaces": None},
        {"Started": ""},
        {"Pid": "1"},
        {"Pid": True},
        {"Pid": -1},
    ],
    ids=str,
)
def test_what_cannot_be_seen_from_here_is_not_dead(ended: dict[str, Any], other: dict[str, Any]) -> None:
    """It may be another machine or container of the same name, or a lock of another program."""
    assert not is_dead({**ended, **other})


def test_another_pid_namespace_tells_nothing(ended: dict[str, Any], apart: Sequence[str]) -> None:
    """Neither side sees the other's processes."""
    assert python(JUDGE, json.dumps(identity()), before=apart) == "False"
    assert python(JUDGE, json.dumps(ended), before=apart) == "False"
    assert not is_dead(json.loads(python(TELL, before=apart)))

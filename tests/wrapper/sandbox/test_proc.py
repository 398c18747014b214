import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest

from wrapper.sandbox import proc

DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"


@pytest.fixture
def mark() -> str:
    return f"/clone/{uuid4().hex}#1"


@pytest.fixture
def marked(mark: str) -> Iterator[int]:
    """Start a process with the mark that ignores SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-c", DEAF], env={**os.environ, proc.MARK: mark}, stdout=subprocess.PIPE
    )
    assert process.stdout
    process.stdout.readline()
    yield process.pid
    process.kill()
    process.wait()
    process.stdout.close()


def test_mark_of_a_process(marked: int, mark: str) -> None:
    """The mark is the one that the process was started with."""
    assert proc.mark_of(marked) == mark


def test_mark_of_a_stranger() -> None:
    """A process without a mark, and a process that does not exist, have none."""
    assert proc.mark_of(os.getpid()) is None
    assert proc.mark_of(2**22 + 1) is None


def test_marked_processes_are_found_by_their_folder(marked: int, mark: str) -> None:
    """The part of the mark with the folder is enough."""
    assert proc.marked(mark.removesuffix("1")) == [marked]


def test_end_kills_what_does_not_stop(marked: int) -> None:
    """A process that has not ended after the stop timeout is killed."""
    proc.end([marked], seconds=0.2)
    assert not proc.is_running(marked)


def test_end_of_nothing() -> None:
    """Ending processes that have ended already is no error."""
    proc.end([2**22 + 1], seconds=0.1)


def test_memory_of_this_process() -> None:
    """It is more than nothing and less than everything."""
    assert 5 < proc.memory_mib([os.getpid()]) < 5000


def test_holder_of_a_port() -> None:
    """The process that listens is named by number and command."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        holder = proc.holder_of_port(server.getsockname()[1])
    assert holder is not None
    assert holder.startswith(f"process {os.getpid()} (")


def test_holder_of_a_free_port(unused_port: int) -> None:
    """Nobody holds a free port."""
    assert proc.holder_of_port(unused_port) is None

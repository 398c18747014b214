"""One process at a time: a lock that the operating system frees when its holder ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

# What this process has joined, to its end: the system lets go of it then.
_JOINED: dict[Path, IO[str]] = {}


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Wait for the lock and hold it."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def tried(path: Path) -> Iterator[bool]:
    """Hold the lock if it is free; yield whether it was."""
    with path.open("w") as file:
        free = False
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        yield free


def is_held(path: Path) -> bool:
    """Say whether a process holds the lock, also one that can't be seen: of a container, with its own ids."""
    if not path.exists():
        return False
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def inherited(path: Path) -> Iterator[None]:
    """Let a process that is started meanwhile hold the lock, to its end."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.set_inheritable(file.fileno(), True)
        yield


def join(path: Path) -> None:
    """Be one of those who share the lock, until this process ends."""
    if path not in _JOINED:
        file = path.open("a")
        fcntl.flock(file, fcntl.LOCK_SH)
        _JOINED[path] = file


def is_alone(path: Path) -> bool:
    """Return whether no other process shares the lock; one that joins then waits for this process's end."""
    join(path)
    try:
        fcntl.flock(_JOINED[path], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(_JOINED[path], fcntl.LOCK_SH)  # an attempt to get more gives up what there was
        return False
    return True


def leave(path: Path) -> None:
    """Let go before the end."""
    if file := _JOINED.pop(path, None):
        file.close()

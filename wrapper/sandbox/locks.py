"""File locks between processes, which the operating system frees when their holder ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

# The locks that this process shares; the system frees them when it ends.
_JOINED: dict[Path, IO[str]] = {}


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Wait for the lock, and hold it during the block."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def tried(path: Path) -> Iterator[bool]:
    """Hold the lock during the block if it is free; yield whether it was."""
    with path.open("w") as file:
        free = False
        with suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        yield free


def is_held(path: Path) -> bool:
    """Return whether a process holds the lock, even an invisible one in a container's pid namespace."""
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
    """Let a process that is started in the block hold the lock until it ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        os.set_inheritable(file.fileno(), True)
        yield


def join(path: Path) -> None:
    """Share the lock with other processes, until this process ends."""
    if path not in _JOINED:
        file = path.open("a")
        fcntl.flock(file, fcntl.LOCK_SH)
        _JOINED[path] = file


def is_alone(path: Path) -> bool:
    """Return whether no other process shares the lock; one that joins now waits until this process ends."""
    join(path)
    try:
        fcntl.flock(_JOINED[path], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(_JOINED[path], fcntl.LOCK_SH)  # a failed attempt at LOCK_EX has freed the shared one
        return False
    return True


def leave(path: Path) -> None:
    """Stop sharing the lock before this process ends."""
    if file := _JOINED.pop(path, None):
        file.close()

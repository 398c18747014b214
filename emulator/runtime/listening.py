"""Find the process that listens at an address, if tasks have no networks of their own."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from emulator.runtime.relay import listeners


def listens(sessions: Iterable[int], address: str, port: int) -> bool:
    """Return whether a process of these sessions, and no other one, answers at the address and port."""
    wanted = f"socket:[{listeners(address).get(port)}]"
    return any(wanted in _sockets(pid) for pid in _members(set(sessions)))


def _members(sessions: set[int]) -> Iterator[int]:
    for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        with suppress(ProcessLookupError):
            if os.getsid(pid) in sessions:
                yield pid


def _sockets(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                found.add(str(entry.readlink()))
    return found

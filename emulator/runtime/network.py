"""A network namespace for each task, in place of awsvpc's: only loopback, and a relay to the outside."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from emulator.settings import Settings

_BEGIN = str(Path(__file__).with_name("begin.py"))
_RELAY = str(Path(__file__).with_name("relay.py"))
# begin.py's words for this machine's network or root, and for a new network.
MACHINES = "-"
_NEW = "new"

Start = Callable[..., "subprocess.Popen[bytes]"]


class CannotJoin(Exception):
    """The task's network can't be created or joined; the text says why."""


def beginning(network: str = MACHINES, *, root: str = MACHINES, parent: int | None = None) -> list[str]:
    """Return the words to put before a command, so that it ends with `parent` and runs in a network.

    The parent is by default this process; 0 means none. `root` is the image's, if it runs in one.
    """
    ends_with = os.getpid() if parent is None else parent
    return [sys.executable, "-I", "-S", _BEGIN, str(ends_with), network, root]


class Networks:
    """The relays of all tasks. `start` is Popen, called in a thread that lives as long as the emulator."""

    def __init__(self, settings: Settings, start: Start) -> None:
        self._start = start
        self._folder = settings.folder
        self._outward = {settings.port: settings.socket, settings.alb_port: settings.alb_socket}
        self._relays: dict[str, list[subprocess.Popen[bytes]]] = {}

    def can_make(self) -> bool:
        """Return whether this machine allows network namespaces. Some allow them only to root, or never."""
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return bool(self._start([*beginning(_NEW), *_relaying("127.0.0.1")], **options).wait() == 0)

    def make(self, task: str, address: str, ports: Sequence[int]) -> str:
        """Return the task's network, which is created for its first container; raises CannotJoin."""
        known = self._relays.get(task)
        if not known:
            return str(self._relay(task, _NEW, address, ports, self._outward).pid)
        network = str(known[0].pid)
        if ports:
            self._relay(task, network, address, ports, {})
        return network

    def join(self, task: str, network: str, address: str, ports: Sequence[int]) -> None:
        """Join an existing network, that of the process with the id `network`; raises CannotJoin."""
        is_first = task not in self._relays
        if is_first or ports:
            self._relay(task, network, address, ports, self._outward if is_first else {})

    def leave(self, task: str) -> None:
        """End the task's relays, and with them the network that was created for it."""
        for relay in self._relays.pop(task, []):
            relay.kill()
            relay.wait()

    def close(self) -> None:
        """End the relays of all tasks."""
        for task in list(self._relays):
            self.leave(task)

    def _relay(
        self, task: str, network: str, address: str, ports: Sequence[int], outward: Mapping[int, Path]
    ) -> "subprocess.Popen[bytes]":
        doors = {port: _bound(address, port) for port in ports}
        numbers = [door.fileno() for door in doors.values()]
        ways = [f"{port}={path.name}" for port, path in outward.items()]
        ways += [f"{port}={door.fileno()}" for port, door in doors.items()]
        words = [*beginning(network), *_relaying(address, *ways)]
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        try:
            relay = self._start(words, env={}, cwd=self._folder, pass_fds=numbers, **options)
        finally:
            for door in doors.values():
                door.close()
        self._relays.setdefault(task, []).append(relay)
        if relay.stdout and relay.stdout.readline() != b"ready\n":
            last = relay.communicate()[1].decode(errors="replace").strip().splitlines()[-1:]
            self._relays[task].remove(relay)
            raise CannotJoin(f"the task's network can't be joined: {' '.join(last)}")
        return relay


def _relaying(*words: str) -> list[str]:
    return [sys.executable, "-I", "-S", _RELAY, *words]


def _bound(address: str, port: int) -> socket.socket:
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((address, port))
    except OSError as error:
        door.close()
        raise CannotJoin(
            f"port {port} must be free at {address}, got {error.strerror}: another program may listen on it "
            "at every address"
        ) from None
    return door

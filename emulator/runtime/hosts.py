"""The host names of this sandbox for tasks, in /etc/hosts, since a task's network reaches no name server."""

import re
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

_NAME = re.compile(r"[a-z0-9_.-]+")


class Hosts:
    """A file that is every task's /etc/hosts; `names` returns the load balancers' current names."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "hosts"
        self.names: Callable[[], Iterable[str]] = tuple
        self._lock = threading.Lock()

    def write(self) -> Path:
        """Update the file, also for running tasks, and return its path."""
        names = [name for name in self.names() if _NAME.fullmatch(name)]
        lines = ["127.0.0.1 localhost", "::1 localhost", f"127.0.0.1 {socket.gethostname()}"]
        text = "".join(f"{line}\n" for line in [*lines, *(f"127.0.0.1 {name}" for name in names)])
        with self._lock:
            # Not replaced but overwritten, because running tasks have a bind mount of this file.
            if not self.path.exists() or self.path.read_text() != text:
                self.path.write_text(text)
        return self.path

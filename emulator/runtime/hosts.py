"""The names that lead to this sandbox inside a task's network, where no name server can be asked."""

import re
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

_NAME = re.compile(r"[a-z0-9_.-]+")


class Hosts:
    """A file that every task has as its /etc/hosts; `names` lists the load balancers' by now."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "hosts"
        self.names: Callable[[], Iterable[str]] = tuple
        self._lock = threading.Lock()

    def write(self) -> Path:
        """Bring the file up to date, for tasks that run already, too; return it."""
        names = [name for name in self.names() if _NAME.fullmatch(name)]
        lines = ["127.0.0.1 localhost", "::1 localhost", f"127.0.0.1 {socket.gethostname()}"]
        text = "".join(f"{line}\n" for line in [*lines, *(f"127.0.0.1 {name}" for name in names)])
        with self._lock:
            # In its place: what is bound elsewhere is this very file.
            if not self.path.exists() or self.path.read_text() != text:
                self.path.write_text(text)
        return self.path

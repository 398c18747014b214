"""One container as a process group, with those methods of docker-py's Container that ministack calls."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

from emulator.runtime.health import Health
from emulator.runtime.inside import Surroundings
from emulator.runtime.output import Output

_DEFAULT_STOP_SECONDS = 30
_SIGNALED = 128


class Container:
    """A started process; `memory_mib` None means no limit, `health` None no health check.

    `inside` runs another command in it, and is set after the start. `released` is called once, at the
    removal.
    """

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        *,
        name: str,
        labels: Mapping[str, str],
        address: str,
        stop_seconds: float,
        stop_signal: str,
        memory_mib: int | None,
        released: "Callable[[Container], None]",
    ) -> None:
        self.id = uuid4().hex + uuid4().hex
        self.name = name
        self.labels = dict(labels)
        self.address = address
        self.stop_seconds = stop_seconds
        self.memory_mib = memory_mib
        self.out_of_memory = False
        self.health: Health | None = None
        self.inside: Surroundings | None = None
        self.attrs: dict[str, Any] = {
            "Labels": self.labels,
            "NetworkSettings": {"Networks": {"awsvpc": {"IPAddress": address}}},
        }
        self._process = process
        self._output = Output()
        self._stop_signal = getattr(signal, stop_signal, signal.SIGTERM)
        self._released = released
        self._lock = threading.Lock()
        self._ended = threading.Event()
        threading.Thread(target=self._read, daemon=True, name=f"output of {name}").start()
        threading.Thread(target=self._await_end, daemon=True, name=f"end of {name}").start()

    @property
    def status(self) -> str:
        """`running` or `exited`, as in docker-py."""
        return "exited" if self._ended.is_set() else "running"

    @property
    def pid(self) -> int:
        """The id of the process, which is also that of its process group and of its session."""
        return self._process.pid

    def reload(self) -> None:
        """Do nothing: docker-py refreshes its state here, but this state is always current."""

    def wait(self, timeout: float | None = None, **_: object) -> dict[str, int]:
        """Wait for the end and return the exit code; as in Docker, 128 plus the number after a signal."""
        self._ended.wait(timeout)
        code = self._process.returncode or 0
        return {"StatusCode": code if code >= 0 else _SIGNALED - code}

    def logs(self, *, stream: bool = False, tail: int = 100, **_: object) -> Iterator[bytes] | bytes:
        """Return the last lines of the output or, with `stream`, yield all lines until the end."""
        return self.follow() if stream else self.tail(tail)

    def follow(self) -> Iterator[bytes]:
        """Yield the process's output in whole lines, until it ends."""
        return self._output.follow()

    def tail(self, lines: int) -> bytes:
        """Return the last lines of the output."""
        return self._output.tail(lines)

    def stop(self, timeout: float | None = None) -> None:
        """Send the stop signal, and SIGKILL to all processes that are left after `timeout` seconds."""
        seconds = _DEFAULT_STOP_SECONDS if timeout is None else timeout
        if not self._ended.is_set():
            self._signal_stop()
            if not self._ended.wait(seconds):
                self.kill()
                self._ended.wait()

    def kill(self) -> None:
        """End the process and everything it started."""
        self._end_group()

    def remove(self, **_: object) -> None:
        self.stop(1)
        with self._lock:
            released, self._released = self._released, lambda _: None
        released(self)

    def _read(self) -> None:
        if self._process.stdout:
            with self._process.stdout as stream:
                for line in stream:
                    self._output.write(line)
        self._output.close()

    def _await_end(self) -> None:
        # WNOWAIT leaves it a zombie for a moment, so that the system can't reuse its group's id yet.
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        # A container's other processes end with its first one.
        self._end_group()
        self._process.wait()
        self._look_back()
        self._ended.set()

    def _signal_stop(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, self._stop_signal)

    def _end_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def _look_back(self) -> None:
        """Find out why it ended, before its end is reported. Nothing to do here: `memory` has watched it."""

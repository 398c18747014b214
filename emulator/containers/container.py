"""One container of a task: the process is the engine's client, which ends with the container's exit code."""

import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from emulator.containers.client import Client, EngineError
from emulator.runtime.container import Container

_KILLED = 137


class EngineContainer(Container):
    """`engine_id` is the engine's own name for it, `folder` where it was created."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        client: Client,
        engine_id: str,
        *,
        folder: Path,
        task: str,
        name: str,
        labels: Mapping[str, str],
        address: str,
        stop_seconds: float,
        stop_signal: str,
        released: "Callable[[Container], None]",
    ) -> None:
        self.engine_id = engine_id
        self.task = task
        self._folder = folder
        self._client = client
        super().__init__(
            process,
            name=name,
            labels=labels,
            address=address,
            stop_seconds=stop_seconds,
            stop_signal=stop_signal,
            # The engine enforces the limit.
            memory_mib=None,
            released=released,
        )

    def kill(self) -> None:
        self._client.signal(self.engine_id, "KILL")

    def _signal_stop(self) -> None:
        self._client.signal(self.engine_id, self._stop_signal.name)

    def _end_group(self) -> None:
        """Do nothing: the client has ended, and the engine ends the container's other processes."""

    def _look_back(self) -> None:
        if self._process.returncode == _KILLED:
            with suppress(EngineError):
                self.out_of_memory = self._client.was_out_of_memory(self.engine_id, folder=self._folder)

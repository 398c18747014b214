"""Run a task's containers by Docker or Podman, on an address of the task's own."""

import re
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from emulator.containers.client import LABEL, Client, EngineError
from emulator.containers.container import EngineContainer
from emulator.containers.inside import InsideContainer
from emulator.runtime.container import Container
from emulator.runtime.engine import Engine
from emulator.runtime.image import CannotPull
from emulator.runtime.network import MACHINES, CannotJoin
from emulator.runtime.specification import CannotStart, Specification, volumes_of
from emulator.runtime.task_environment import container_environment
from emulator.settings import Settings

_ECR = re.compile(r"[^/]+\.dkr\.ecr\.[^/]+/(?P<rest>.+)")
_START_SECONDS = 20
_NOT_STARTED = ("configured", "created", "initialized")
_ENDED = ("dead", "exited")


class EngineImages:
    """Images in the engine's own store; those of ECR come from the sandbox's registry."""

    def __init__(self, client: Client, settings: Settings) -> None:
        self._client = client
        self._registry = f"127.0.0.1:{settings.port}"
        self._password = settings.keys.registry_password

    def local(self, reference: str) -> str:
        """Return the reference by which the engine pulls an image."""
        ours = _ECR.fullmatch(reference)
        return f"{self._registry}/{ours['rest']}" if ours else reference

    def digest(self, reference: str) -> str:
        """Return the manifest's digest; raises CannotPull."""
        return self.pull(reference).digest

    def pull(self, reference: str) -> "EngineImage":
        """Pull the image unless the engine has it. Raises CannotPull with ECS's message."""
        name = self.local(reference)
        try:
            with suppress(EngineError):
                return EngineImage(reference, self._client.image(name))
            if name != reference:
                self._client.login(self._registry, self._password)
            self._client.pull(name)
            return EngineImage(reference, self._client.image(name))
        except EngineError as error:
            raise CannotPull(
                f"pull image manifest has been retried 1 time(s): {reference}: {error}"
            ) from None


class EngineImage:
    """An image in the engine's store; `digest` is that of the reference, else that of the manifest."""

    def __init__(self, reference: str, inspected: dict[str, Any]) -> None:
        _, _, wanted = reference.partition("@")
        self.digest = wanted or str(inspected.get("Digest") or inspected["Id"])
        self.stop_signal = str(inspected["Config"].get("StopSignal") or "SIGTERM")
        self.declares_tmp = "/tmp" in (inspected["Config"].get("Volumes") or {})


class ContainerEngine(Engine):
    """All containers of one sandbox; those of an earlier emulator that was killed are removed first."""

    has_networks = True
    images: EngineImages  # type: ignore[assignment]  # has the same methods

    def __init__(self, settings: Settings, client: Client) -> None:
        super().__init__(settings)
        self._client = client
        self.images = EngineImages(client, settings)
        client.remove(*client.labelled(str(settings.folder)))

    def run(self, wanted: Specification) -> Container:
        """Start a container; raises CannotPull or CannotStart."""
        self._refuse_when_closed()
        image = self.images.pull(wanted.image)
        address = self._addresses.borrow(wanted.task, wanted.ports)
        folder = self._settings.folder / "tasks" / wanted.task.rpartition("/")[2]
        own = folder / wanted.name
        own.mkdir(parents=True, exist_ok=True)
        try:
            with self._network:  # a task's second container must find the network of the first
                engine_id, process = self._begin(wanted, image, address, own)
        except (EngineError, CannotJoin, OSError) as error:
            self._release(wanted.task, folder)
            raise CannotStart(str(error)) from None
        container = EngineContainer(
            process,
            self._client,
            engine_id,
            folder=own,
            task=wanted.task,
            name=wanted.name,
            labels=wanted.labels,
            address=address,
            stop_seconds=wanted.stop_seconds,
            stop_signal=image.stop_signal,
            released=lambda container: self._remove(container, engine_id, wanted.task, folder),
        )
        container.inside = InsideContainer(client=self._client, engine_id=engine_id)
        self._keep(container)
        if wanted.health_check:
            self._watch(container, wanted.health_check, partial(self._exec, engine_id))
        return container

    def close(self) -> None:
        """Stop all containers in parallel, and remove them from the engine's store."""
        super().close()
        with suppress(EngineError):
            self._client.remove(*self._client.labelled(str(self._settings.folder)))
            self._client.logout(f"127.0.0.1:{self._settings.port}")

    def _begin(
        self, wanted: Specification, image: EngineImage, address: str, folder: Path
    ) -> "tuple[str, subprocess.Popen[bytes]]":
        """Create, connect, start: if the engine can, the network is joined before the process starts."""
        neighbour = next((one for one in self._of_task(wanted.task) if one.status == "running"), None)
        if neighbour:  # Podman starts none in the network of one whose process has not begun
            self._awaited(neighbour.engine_id, lambda state: state.get("Status") not in _NOT_STARTED)
        engine_id = self._client.create(self._words(wanted, image, folder, neighbour), folder=folder)
        try:
            if self._client.is_podman:
                self._connect(wanted, engine_id, address)
            process = self._begin_process(
                MACHINES, self._client.attach_words(engine_id), self._client.environment, folder
            )
            if not self._client.is_podman:
                self._connect(wanted, engine_id, address)
        except BaseException:
            self._client.remove(engine_id)
            raise
        return engine_id, process

    def _words(
        self,
        wanted: Specification,
        image: EngineImage,
        folder: Path,
        neighbour: EngineContainer | None,
    ) -> list[str]:
        """Return the arguments of `create`. ECS ignores an image's own health check, so it is turned off."""
        network = f"container:{neighbour.engine_id}" if neighbour else "none"
        environment = container_environment(definition=wanted.environment, settings=self._settings)
        words = ["--network", network, "--label", f"{LABEL}={self._settings.folder}", "--no-healthcheck"]
        words += [word for name, value in environment.items() for word in ("--env", f"{name}={value}")]
        words += [*self._tmp(wanted, image, folder), "--stop-timeout", str(int(wanted.stop_seconds))]
        volumes = volumes_of(wanted, folder.parent)
        words += [word for path, place in volumes.items() for word in ("--volume", f"{place}:{path}")]
        words += ["--volume", f"{self.hosts.write()}:/etc/hosts"]
        if wanted.user:
            words += ["--user", wanted.user]
        if wanted.read_only:
            words.append("--read-only")
        if wanted.memory_mib:
            words += ["--memory", f"{wanted.memory_mib}m", "--memory-swap", f"{wanted.memory_mib}m"]
        if wanted.working_folder:
            words += ["--workdir", wanted.working_folder]
        arguments = list(wanted.command or ())
        if wanted.entrypoint:
            words += ["--entrypoint", wanted.entrypoint[0]]
            arguments = [*wanted.entrypoint[1:], *arguments]
        return [*words, self.images.local(wanted.image), *arguments]

    @staticmethod
    def _tmp(wanted: Specification, image: EngineImage, folder: Path) -> list[str]:
        """Return the options for /tmp as on Fargate: only root may write, unless the image declares it.

        Not a tmpfs, which gets the mode of the image's folder, whatever the options.
        """
        if image.declares_tmp or wanted.tmp_in_memory:
            return ["--tmpfs", "/tmp:rw,mode=1777"]
        mounted = folder / "tmp"
        mounted.mkdir(mode=0o755, exist_ok=True)
        return ["--volume", f"{mounted}:/tmp"]

    def _connect(self, wanted: Specification, engine_id: str, address: str) -> None:
        """Start the relay between the task's address and the container's network; raises CannotJoin.

        A process that Docker has started may end before its network is joined, which is no error.
        """
        if pid := self._pid(engine_id):
            try:
                self._networks.join(wanted.task, pid, address, wanted.ports)
            except CannotJoin:
                if self._pid(engine_id):
                    raise

    def _pid(self, engine_id: str) -> str | None:
        """Wait for the container's first process and return its id; None if it has ended already."""
        state = self._awaited(engine_id, lambda state: int(state["Pid"]) or state.get("Status") in _ENDED)
        return str(pid) if (pid := int(state["Pid"])) else None

    def _awaited(self, engine_id: str, is_awaited: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Return the container's state when it is the awaited one."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            state = self._client.state(engine_id)
            if is_awaited(state):
                return state
            time.sleep(0.05)
        raise EngineError("the container did not start")

    def _exec(self, engine_id: str, words: Sequence[str], timeout: float) -> int:
        return subprocess.run(
            [self._client.executable, "exec", engine_id, *words],
            env=self._client.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        ).returncode

    def _of_task(self, task: str) -> list[EngineContainer]:
        from_here = (one for one in self.containers() if isinstance(one, EngineContainer))
        return [one for one in from_here if one.task == task]

    def _remove(self, container: Container, engine_id: str, task: str, folder: Path) -> None:
        self._client.remove(engine_id)
        self._forget(container, task, folder)

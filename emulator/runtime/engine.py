"""The engine that runs images as processes."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Any

from emulator.runtime import health, memory
from emulator.runtime.address import Addresses
from emulator.runtime.container import Container
from emulator.runtime.hosts import Hosts
from emulator.runtime.image import Image, Images
from emulator.runtime.inside import Inside
from emulator.runtime.listening import listens
from emulator.runtime.network import MACHINES, CannotJoin, Networks, beginning
from emulator.runtime.root import holds, prepare
from emulator.runtime.specification import CannotStart, Specification, folder_of, placed, volumes_of, words_of
from emulator.runtime.task_environment import task_environment
from emulator.settings import Settings

_CLOSE_SECONDS = 3
_HOSTS = "/etc/hosts"


class Engine:
    """All containers of one sandbox. Every method may be called from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.images = Images(
            endpoint_url=settings.endpoint_url,
            password=settings.keys.registry_password,
            folder=settings.folder / "images",
            packages=settings.packages,
        )
        self.hosts = Hosts(settings.folder)
        self._addresses = Addresses()
        self._containers: dict[str, Container] = {}
        self._lock = threading.Lock()
        self._network = threading.Lock()
        self._is_closed = False
        # A parent-death signal is sent when the thread that started the process ends, so one thread, which
        # lives as long as the emulator, starts all processes.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")
        self._networks = Networks(settings, self._start)
        threading.Thread(target=memory.watch, args=(self.containers,), daemon=True, name="memory").start()

    def run(self, wanted: Specification) -> Container:
        """Start a container; raises CannotPull, NotAProcessImage or CannotStart."""
        self._refuse_when_closed()
        image = self.images.pull(wanted.image)
        folder = self._settings.folder / "tasks" / wanted.task.rpartition("/")[2]
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        address = self._addresses.borrow(wanted.task, wanted.ports)
        environment = task_environment(
            image=image.environment,
            definition=wanted.environment,
            tree=None if self.has_roots else image.tree,
            folder=folder,
            path=image.path(self._settings.task_path),
            address=None if self.has_networks else address,
            settings=self._settings,
        )
        try:
            working_folder = folder_of(wanted, image)
            root, volumes = self._root_of(image, working_folder, volumes_of(wanted, folder))
            environment = {name: placed(value, volumes) for name, value in environment.items()}
            said = words_of(wanted, image, environment["PATH"], is_root=self.has_roots)
            words = [placed(word, volumes) for word in said]
            network = self._network_of(wanted, address)
            process = self._begin_process(network, words, environment, working_folder, root=root)
        except (CannotStart, CannotJoin, OSError) as error:
            self._release(wanted.task, folder)
            raise CannotStart(str(error)) from None
        container = Container(
            process,
            name=wanted.name,
            labels=wanted.labels,
            address=address,
            stop_seconds=wanted.stop_seconds,
            stop_signal=image.stop_signal,
            memory_mib=wanted.memory_mib,
            released=lambda container: self._forget(container, wanted.task, folder),
        )
        container.inside = Inside(
            image=image, environment=environment, folder=working_folder, network=network, root=root
        )
        self._keep(container)
        if wanted.health_check:
            self._watch_health(container, wanted.health_check, container.inside)
        return container

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise CannotStart("the sandbox is going down")

    def _keep(self, container: Container) -> None:
        with self._lock:
            self._containers[container.id] = container

    def find(self, id_or_start: str) -> Container | None:
        """Return the container whose id is or begins with this; None for "" or an unknown id."""
        known = (one for one in self.containers() if id_or_start and one.id.startswith(id_or_start))
        return next(known, None)

    def containers(self) -> list[Container]:
        """Return all containers that have not been removed."""
        with self._lock:
            return list(self._containers.values())

    def close(self) -> None:
        """Start no more containers, and stop all in parallel, with a few seconds to end."""
        self._is_closed = True
        stoppers = [threading.Thread(target=one.stop, args=(_CLOSE_SECONDS,)) for one in self.containers()]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()
        self._networks.close()

    @cached_property
    def has_networks(self) -> bool:
        """Whether each task has a network of its own; otherwise all have this machine's."""
        # Unpatched ministack doesn't pass the ports of a container, which a relay needs.
        is_wanted = self._settings.is_patched and not self._settings.is_network_shared
        return is_wanted and self._networks.can_make()

    @cached_property
    def has_roots(self) -> bool:
        """Whether an image's tree can be the root of its processes."""
        probe = self._settings.folder / "probe"
        probe.mkdir(exist_ok=True)
        prepare(probe, self._needed)
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        words = [*beginning(root=str(probe)), sys.executable, "-I", "-S", "-c", ""]
        return self.has_networks and self._start(words, **options).wait() == 0

    @property
    def _needed(self) -> list[str]:
        """Return this machine's paths that every task needs, whatever its image contains."""
        of_python = (sys.prefix, sys.base_prefix, *self._settings.task_path.split(":"))
        return [*of_python, str(self._settings.folder), str(self._settings.packages)]

    def _root_of(
        self, image: Image, working_folder: Path, volumes: Mapping[str, Path]
    ) -> tuple[str, Mapping[str, Path]]:
        """Return the root of a container's processes, and the volumes that can't be bound into it."""
        if not self.has_roots:
            return MACHINES, volumes
        bound = {path: place for path, place in volumes.items() if not holds(path, self._needed)}
        files = {_HOSTS: self.hosts.write()} if Path(_HOSTS).exists() else {}
        with self._lock:
            prepare(image.tree, self._needed, [*bound, f"/{working_folder.relative_to(image.tree)}"])
        root = "\n".join([str(image.tree), *(f"{place}={path}" for path, place in (bound | files).items())])
        return root, {path: place for path, place in volumes.items() if path not in bound}

    def answers(self, address: str, port: int) -> bool:
        """Return whether the listener is the address's own task; True if no task has the address.

        If tasks share this machine's network, a process on 0.0.0.0 answers at every address.
        """
        own = [one.pid for one in self.containers() if one.address == address]
        return not own or listens(own, address, port)

    def _network_of(self, wanted: Specification, address: str) -> str:
        with self._network:  # a task's second container must find the network of the first
            return self._networks.make(wanted.task, address, wanted.ports) if self.has_networks else MACHINES

    def _start(self, words: Sequence[str], **options: Any) -> "subprocess.Popen[bytes]":
        def start() -> "subprocess.Popen[bytes]":
            return subprocess.Popen(words, **options)

        return self._starter.submit(start).result()

    def _begin_process(
        self,
        network: str,
        words: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        *,
        root: str = MACHINES,
    ) -> "subprocess.Popen[bytes]":
        return self._start(
            [*beginning(network, root=root), *words],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def _watch_health(self, container: Container, check: health.Check, inside: Inside) -> None:
        def run(words: Sequence[str], timeout: float) -> int:
            return subprocess.run(
                [*beginning(inside.network, root=inside.root), *words],
                env={**inside.environment},
                cwd=inside.folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=timeout,
                check=False,
            ).returncode

        self._watch(container, check, run)

    @staticmethod
    def _watch(container: Container, check: health.Check, run: Callable[[Sequence[str], float], int]) -> None:
        def tell(found: health.Health) -> None:
            container.health = found

        container.health = "UNKNOWN"
        options = {"is_running": lambda: container.status == "running", "tell": tell}
        threading.Thread(target=health.watch, args=(check, run), kwargs=options, daemon=True).start()

    def _forget(self, container: Container, task: str, folder: Path) -> None:
        with self._lock:
            self._containers.pop(container.id, None)
        self._release(task, folder)

    def _release(self, task: str, folder: Path) -> None:
        if self._addresses.give_back(task):
            self._networks.leave(task)
            shutil.rmtree(folder, ignore_errors=True)

"""Run images as processes and know which run."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from wrapper.sandbox.emulator.runtime import memory
from wrapper.sandbox.emulator.runtime.address import Addresses
from wrapper.sandbox.emulator.runtime.container import Container
from wrapper.sandbox.emulator.runtime.image import Image, Images
from wrapper.sandbox.emulator.runtime.task_environment import inside_tree, task_environment
from wrapper.sandbox.emulator.settings import Settings

_CLOSE_SECONDS = 3
_BEGIN = str(Path(__file__).with_name("begin.py"))


class CannotStart(Exception):
    """The image has no command that can be run; the text is what ECS gives as the reason."""


@dataclass(frozen=True, kw_only=True)
class Specification:
    """What to run. None for entrypoint, command or working folder means the image's own."""

    image: str
    task: str
    name: str
    environment: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    entrypoint: Sequence[str] | None = None
    command: Sequence[str] | None = None
    working_folder: str | None = None
    ports: Sequence[int] = ()
    stop_seconds: float = 30
    memory_mib: int | None = None


class Engine:
    """All containers of one sandbox. Every method may be called from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.images = Images(endpoint_url=settings.endpoint_url, folder=settings.folder / "images")
        self._addresses = Addresses()
        self._containers: dict[str, Container] = {}
        self._lock = threading.Lock()
        self._is_closed = False
        # A parent-death signal follows the thread that started the process, so one thread that lives as long
        # as the emulator starts them all.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="starter")
        threading.Thread(target=memory.watch, args=(self.containers,), daemon=True, name="memory").start()

    def run(self, wanted: Specification) -> Container:
        """Start a container; raises CannotPull, NotAProcessImage or CannotStart."""
        if self._is_closed:
            raise CannotStart("the sandbox is going down")
        image = self.images.pull(wanted.image)
        folder = self._settings.folder / "tasks" / wanted.task.rpartition("/")[2]
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        address = self._addresses.borrow(wanted.task, wanted.ports)
        environment = task_environment(
            image=image.environment,
            definition=wanted.environment,
            tree=image.tree,
            folder=folder,
            address=address,
            settings=self._settings,
        )
        try:
            words = _words(wanted, image, environment["PATH"])
            process = self._start(words, environment, _working_folder(wanted, image))
        except (CannotStart, OSError) as error:
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
            released=lambda: self._forget(process.pid, wanted.task, folder),
        )
        with self._lock:
            self._containers[container.id] = container
        return container

    def find(self, id_or_start: str) -> Container | None:
        with self._lock:
            return next(
                (one for key, one in self._containers.items() if id_or_start and key.startswith(id_or_start)),
                None,
            )

    def containers(self) -> list[Container]:
        with self._lock:
            return list(self._containers.values())

    def close(self) -> None:
        """Start nothing more, and stop every container, all at once, with a few seconds to end."""
        self._is_closed = True
        stoppers = [threading.Thread(target=one.stop, args=(_CLOSE_SECONDS,)) for one in self.containers()]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()

    def _start(
        self, words: list[str], environment: Mapping[str, str], folder: Path
    ) -> "subprocess.Popen[bytes]":
        def start() -> "subprocess.Popen[bytes]":
            return subprocess.Popen(
                [sys.executable, "-I", "-S", _BEGIN, str(os.getpid()), *words],
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

        return self._starter.submit(start).result()

    def _forget(self, pid: int, task: str, folder: Path) -> None:
        with self._lock:
            self._containers = {key: one for key, one in self._containers.items() if one.pid != pid}
        self._release(task, folder)

    def _release(self, task: str, folder: Path) -> None:
        if self._addresses.give_back(task):
            shutil.rmtree(folder, ignore_errors=True)


def _words(wanted: Specification, image: Image, path: str) -> list[str]:
    """Combine entrypoint and command; as in Docker, a task's own entrypoint drops the image's command."""
    entrypoint = list(image.entrypoint if wanted.entrypoint is None else wanted.entrypoint)
    inherited = image.command if wanted.entrypoint is None else ()
    words = entrypoint + list(inherited if wanted.command is None else wanted.command)
    if not words:
        raise CannotStart("no command specified")
    return [_executable(words[0], image, path), *words[1:]]


def _executable(word: str, image: Image, path: str) -> str:
    """Find the program in the image, else by its name in PATH: a process image has no Python of its own."""
    if "/" in word and not word.startswith("/"):
        return word
    local = inside_tree(word, image.tree)
    found = local if local != word else shutil.which(Path(word).name, path=path)
    if not found:
        raise CannotStart(f'exec: "{word}": executable file not found in $PATH')
    return found


def _working_folder(wanted: Specification, image: Image) -> Path:
    folder = image.tree / (wanted.working_folder or image.working_folder).lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    return folder

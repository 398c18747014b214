"""What a container is to run, and what that means for an image."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator.runtime.health import Check
from emulator.runtime.image import Image
from emulator.runtime.task_environment import inside_tree


class CannotStart(Exception):
    """The image has no command that can be run; the text is what ECS gives as the reason."""


@dataclass(frozen=True, kw_only=True)
class Specification:
    """What to run. None for entrypoint, command, working folder or user means the image's own.

    `mounts` say by path which volumes of the task the container has there.
    """

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
    read_only: bool = False
    tmp_in_memory: bool = False
    mounts: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    health_check: Check | None = None


def volumes_of(wanted: Specification, folder: Path) -> dict[str, Path]:
    """Return where each mount is in the task's folder, made if need be, by path in the container."""
    places = {path: folder / "volumes" / name for path, name in wanted.mounts.items()}
    for place in places.values():
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
    return places


def placed(text: str, volumes: Mapping[str, Path]) -> str:
    """Point a path in a volume to where that lies: a process has this machine's files and no mounts."""
    for path, place in volumes.items():
        if text == path or text.startswith(f"{path}/"):
            return f"{place}{text.removeprefix(path)}"
    return text


def words_of(wanted: Specification, image: Image, path: str, *, is_root: bool = False) -> list[str]:
    """Combine entrypoint and command; as in Docker, a task's own entrypoint drops the image's command."""
    entrypoint = list(image.entrypoint if wanted.entrypoint is None else wanted.entrypoint)
    inherited = image.command if wanted.entrypoint is None else ()
    words = entrypoint + list(inherited if wanted.command is None else wanted.command)
    if not words:
        raise CannotStart("no command specified")
    return [executable(words[0], image, path, is_root=is_root), *words[1:]]


def executable(word: str, image: Image, path: str, *, is_root: bool = False) -> str:
    """Find the program in the image, else by its name in PATH: a process image has no Python of its own.

    With `is_root` the image's tree is the root. Raises CannotStart.
    """
    if "/" in word and not word.startswith("/"):
        return word
    local = inside_tree(word, image.tree)
    held = word if is_root else local
    found = held if local != word else shutil.which(Path(word).name, path=path)
    if not found:
        raise CannotStart(f'exec: "{word}": executable file not found in $PATH')
    return found


def folder_of(wanted: Specification, image: Image) -> Path:
    """Return the working folder inside the image's tree, made if need be."""
    folder = image.tree / (wanted.working_folder or image.working_folder).lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    return folder

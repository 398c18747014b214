"""The specification of a container, and its command, folder and volumes for an image."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emulator.runtime.health import Check
from emulator.runtime.image import Image
from emulator.runtime.task_environment import inside_tree


class CannotStart(Exception):
    """The container has no command that can be run; the text is ECS's reason."""


@dataclass(frozen=True, kw_only=True)
class Specification:
    """What to run. None for entrypoint, command, working folder or user means the image's own.

    `mounts` are the names of the task's volumes by path in the container.
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
    """Return each mount's folder, in the task's folder, by path in the container; create it if missing."""
    places = {path: folder / "volumes" / name for path, name in wanted.mounts.items()}
    for place in places.values():
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
    return places


def placed(text: str, volumes: Mapping[str, Path]) -> str:
    """Replace a path in a volume by the volume's folder, for a process without mounts."""
    for path, place in volumes.items():
        if text == path or text.startswith(f"{path}/"):
            return f"{place}{text.removeprefix(path)}"
    return text


def words_of(wanted: Specification, image: Image, path: str, *, is_root: bool = False) -> list[str]:
    """Return entrypoint and command; as in Docker, a task's own entrypoint resets the image's command."""
    entrypoint = list(image.entrypoint if wanted.entrypoint is None else wanted.entrypoint)
    inherited = image.command if wanted.entrypoint is None else ()
    words = entrypoint + list(inherited if wanted.command is None else wanted.command)
    if not words:
        raise CannotStart("no command specified")
    return [executable(words[0], image, path, is_root=is_root), *words[1:]]


def executable(word: str, image: Image, path: str, *, is_root: bool = False) -> str:
    """Return the program in the image, else the one in PATH, since a process image has no Python of its own.

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
    """Return the working folder in the image's tree; create it if missing."""
    folder = image.tree / (wanted.working_folder or image.working_folder).lstrip("/")
    folder.mkdir(parents=True, exist_ok=True)
    return folder

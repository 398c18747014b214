"""A virtual environment for each set of packages, created once per clone with the clone's own Python."""

import fcntl
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from packaging.requirements import InvalidRequirement, Requirement

import wrapper
from wrapper.errors import ArtifactError
from wrapper.image.dockerfile import CONTAINERS, Installation
from wrapper.image.packages.requirements import Wanted, key_of, wanted_of

_INSTALL = Path(wrapper.__file__).resolve().parent.parent / "requirements" / "install.py"
_LOCKED = re.compile(r"^(?P<requirement>[^\s#-][^\n]*?)\s+--hash=\S+(?:\s+--hash=\S+)*\s*$")


class Environments:
    """The environments in a folder; each is called `<key>-<Python's version>`."""

    def __init__(self, folder: Path, *, progress: Callable[[str], None]) -> None:
        self._folder = folder.resolve()  # an environment's scripts contain its absolute path
        self._progress = progress

    def ensure(self, packages: Sequence[Installation], context: Path) -> tuple[str, Path]:
        """Return the key of the packages and the folder of their environment, which is created if missing.

        Raises ArtifactError with pip's messages.
        """
        wanted = wanted_of(packages, context)
        key = key_of(packages, context)
        folder = self.folder_of(key)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with alone(folder.with_name(f"{folder.name}.lock")):
            # The marker with the folder's path is written last, so that an interrupted installation is
            # repeated, and so is one in a clone that was moved.
            if _place_of(folder) != str(folder):
                shutil.rmtree(folder, ignore_errors=True)
                nothing = Wanted(where="", words=(), folder=PurePosixPath("/"), files={})
                for each in wanted or [nothing]:
                    self._install(folder, each)
                (folder / "installed").write_text(str(folder))
        return key, folder

    def folder_of(self, key: str) -> Path:
        """Return the folder of an environment, which may not exist."""
        return self._folder / f"{key}-{sys.version_info.major}.{sys.version_info.minor}"

    def _install(self, folder: Path, wanted: Wanted) -> None:
        with tempfile.TemporaryDirectory() as tree:
            for path, content in wanted.files.items():
                place = Path(f"{tree}{path}")
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
            begun = Path(f"{tree}{wanted.folder}")
            begun.mkdir(parents=True, exist_ok=True)
            words = [_local(word, tree) for word in wanted.words]
            if words:
                self._progress(f"installing its packages ({wanted.where})")
            done = subprocess.run(
                [sys.executable, str(_INSTALL), str(folder), "--", *words],
                cwd=begun,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        if done.returncode:
            told = done.stderr.partition("error: ")[2].partition("\nfix: ")[0].partition("\n")[2]
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise ArtifactError(
                f"{wanted.where or 'its environment'}: for Python {version} pip says:\n{told or done.stderr}",
                fix=f"correct what it installs, or {CONTAINERS}",
            )


def _place_of(folder: Path) -> str | None:
    """Return where an environment was created; None if it is missing or incomplete."""
    try:
        return (folder / "installed").read_text()
    except FileNotFoundError:
        return None


def is_held_by_clone(packages: Sequence[Installation], context: Path) -> bool:
    """Return whether only lock files with hashes are installed, and the clone's Python has those versions."""
    wanted = wanted_of(packages, context)
    lists = [content for each in wanted for content in each.files.values()]
    names = [word for each in wanted for word in each.words if not word.startswith("-")]
    return bool(lists) and len(names) <= len(lists) + _values(wanted) and all(map(_is_held, lists))


def _values(wanted: Sequence[Wanted]) -> int:
    return sum(word in (":all:", ":none:") for each in wanted for word in each.words)


def _is_held(lock: bytes) -> bool:
    """Return whether each line is `name==version --hash=...` and that version is installed here."""
    lines = lock.decode("utf-8", "replace").replace("\\\n", " ").splitlines()
    meant = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    return bool(meant) and all(map(_is_installed, meant))


def _is_installed(line: str) -> bool:
    match = _LOCKED.match(line.partition(" #")[0])
    try:
        requirement = Requirement(match["requirement"]) if match else None
    except InvalidRequirement:
        return False
    if requirement is None or not str(requirement.specifier).startswith("=="):
        return False
    if requirement.marker and not requirement.marker.evaluate():
        return True
    try:
        return requirement.specifier.contains(importlib.metadata.version(requirement.name), prereleases=True)
    except importlib.metadata.PackageNotFoundError:
        return False


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a lock against all other processes, which wait for it."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _local(word: str, tree: str) -> str:
    """Point an absolute path that exists in the tree into the tree, also after an option's `=`."""
    option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    path = Path(f"{tree}{value}")
    return f"{option}{equals}{path}" if value.startswith("/") and os.path.lexists(path) else word

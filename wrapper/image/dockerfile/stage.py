"""A stage of a Dockerfile as far as it has been read, and one instruction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dockerfile_parse.util import WordSplitter

from wrapper.image.dockerfile.copied import Files
from wrapper.image.dockerfile.heredoc import Heredoc
from wrapper.image.dockerfile.installing import Installing

_ROOT = PurePosixPath("/")
_SHELL = ("/bin/sh", "-c")


@dataclass(frozen=True, kw_only=True)
class Installation:
    """Packages that a RUN installs from `folder`, with the `files` that the image has at that point."""

    where: str
    installing: Installing
    folder: PurePosixPath
    files: Files


@dataclass(frozen=True, kw_only=True)
class Making:
    """A `RUN python ...`: its words, its standard input `text`, the files and packages that it can use."""

    where: str
    words: tuple[str, ...]
    text: str
    environment: Mapping[str, str]
    folder: PurePosixPath
    files: Files
    packages: tuple[Installation, ...]
    may_fail: bool = False


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage so far. `files` maps absolute paths in the image to where their contents are.

    `user` is "" if the base's is not changed. `volumes`, `ports` and `health_check` (as written in the
    Dockerfile) are those that the stages declare, without the base's. `packages` are Python's, in order;
    `places` are the folders into which Docker would install them, `environments` the virtual environments
    among these. `folders` and `executable` are paths that a RUN creates or makes executable. `skipped` has a
    text for each instruction that a process image leaves out, with its line.
    """

    name: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    command_is_inherited: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    working_folder: PurePosixPath = _ROOT
    shell: tuple[str, ...] = _SHELL
    stop_signal: str = "SIGTERM"
    user: str = ""
    volumes: frozenset[str] = frozenset()
    ports: tuple[int, ...] = ()
    health_check: str = ""
    files: Files = field(default_factory=dict)
    folders: frozenset[PurePosixPath] = frozenset()
    executable: frozenset[PurePosixPath] = frozenset()
    packages: tuple[Installation, ...] = ()
    places: frozenset[PurePosixPath] = frozenset()
    environments: frozenset[PurePosixPath] = frozenset()
    skipped: tuple[str, ...] = ()

    def words(self, value: str, **assigned: str) -> list[str]:
        """Split as the shell does, with variables replaced and quotes removed."""
        known = {**self.environment, **assigned}
        return list(WordSplitter(value, args=dict(self.arguments), envs=known).split())

    def path(self, name: str | PurePosixPath, *, below: PurePosixPath | None = None) -> PurePosixPath:
        """Return where a path leads from the working folder, without `.` and `..`."""
        parts: list[str] = []
        for part in ((below or self.working_folder) / name).parts[1:]:
            parts = parts[:-1] if part == ".." else [*parts, part]
        return PurePosixPath("/", *parts)

    def has_folder(self, path: PurePosixPath) -> bool:
        """Return whether the image has a folder at this absolute path."""
        held = (*self.files, *(folder / "-" for folder in self.folders))
        return path == self.working_folder or any(path in file.parents for file in held)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One instruction; `where` is `<dockerfile>:<line>`."""

    where: str
    word: str
    value: str
    heredocs: tuple[Heredoc, ...] = ()

"""A stage of a Dockerfile as far as it has been read, and one instruction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dockerfile_parse.util import WordSplitter

from wrapper.image.dockerfile.copied import Files

_ROOT = PurePosixPath("/")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage so far. `files` maps absolute paths in the image to paths in the context.

    `user` is "" where the base's is not changed; `volumes`, `ports` and `health_check` are what the stages
    themselves declare, the last as the Dockerfile has it.
    """

    name: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    command_is_inherited: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    working_folder: PurePosixPath = _ROOT
    stop_signal: str = "SIGTERM"
    user: str = ""
    volumes: frozenset[str] = frozenset()
    ports: tuple[int, ...] = ()
    health_check: str = ""
    files: Files = field(default_factory=dict)

    def words(self, value: str) -> list[str]:
        """Split as the shell does, with variables replaced and quotes removed."""
        return list(WordSplitter(value, args=dict(self.arguments), envs=dict(self.environment)).split())

    def path(self, name: str) -> PurePosixPath:
        """Return where a path leads from the working folder, without `.` and `..`."""
        parts: list[str] = []
        for part in (self.working_folder / name).parts[1:]:
            parts = parts[:-1] if part == ".." else [*parts, part]
        return PurePosixPath("/", *parts)

    def has_folder(self, path: PurePosixPath) -> bool:
        return path == self.working_folder or any(path in file.parents for file in self.files)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One instruction; `where` is `<dockerfile>:<line>`."""

    where: str
    word: str
    value: str

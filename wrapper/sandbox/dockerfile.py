"""What a Dockerfile's stage runs and which of the context's files it holds, without building it.

What RUN makes isn't there: a process image takes its programs and packages from the clone's virtual
environment.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from dockerfile_parse import DockerfileParser
from dockerfile_parse.util import WordSplitter

from wrapper.errors import ArtifactError
from wrapper.sandbox.copied import Files, find

_ROOT = PurePosixPath("/")


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage so far. `files` maps absolute paths in the image to paths in the context."""

    name: str
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    command_is_inherited: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    working_folder: PurePosixPath = _ROOT
    stop_signal: str = "SIGTERM"
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


def read(text: str, *, name: str, target: str | None, context: Sequence[PurePosixPath]) -> Stage:
    """Return the target stage, the last one by default. Raises ArtifactError where that can't be done."""
    stages: dict[str, Stage] = {}
    for line in _lines(text, name):
        if line.word == "FROM":
            stage = _from(line, stages)
        elif not stages:
            continue  # an ARG before the first FROM only serves the FROMs
        else:
            stage = _READERS.get(line.word, _ignore)(list(stages.values())[-1], line, stages, context)
        stages[stage.name] = stage
    return _chosen(stages, name, target)


def _chosen(stages: dict[str, Stage], name: str, target: str | None) -> Stage:
    if not stages:
        raise ArtifactError(f"{name} must have a FROM line, got none.")
    last = next(reversed(stages))
    stage = stages.get((target or last).lower())
    if stage is None:
        raise ArtifactError(f"image.target must name a stage of {name} ({', '.join(stages)}), got {target}.")
    if not stage.entrypoint and not stage.command:
        raise ArtifactError(f"{name} must say what stage {stage.name} runs, got neither ENTRYPOINT nor CMD.")
    return stage


def _lines(text: str, name: str) -> Iterator[Line]:
    for item in DockerfileParser(fileobj=BytesIO(text.encode())).structure:
        if item["instruction"] != "COMMENT":
            yield Line(
                where=f"{name}:{item['startline'] + 1}", word=item["instruction"], value=item["value"].strip()
            )


def _from(line: Line, stages: Mapping[str, Stage]) -> Stage:
    words = [word for word in line.value.split() if not word.startswith("--")]
    name = words[2].lower() if len(words) == 3 else str(len(stages))
    parent = stages.get(words[0].lower())
    if parent is None:
        return Stage(name=name)
    return replace(parent, name=name, arguments={}, command_is_inherited=True)


Reader = Callable[[Stage, Line, Mapping[str, Stage], Sequence[PurePosixPath]], Stage]


def _ignore(stage: Stage, *_: object) -> Stage:
    return stage


def _entrypoint(stage: Stage, line: Line, *_: object) -> Stage:
    # As in Docker, an entrypoint of its own drops the command that came with the base.
    command = () if stage.command_is_inherited else stage.command
    return replace(stage, entrypoint=_argv(line), command=command)


def _command(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, command=_argv(line), command_is_inherited=False)


def _environment(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, environment={**stage.environment, **_pairs(stage, line)})


def _labels(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, labels={**stage.labels, **_pairs(stage, line)})


def _argument(stage: Stage, line: Line, *_: object) -> Stage:
    name, default = line.value.partition("=")[::2]
    return replace(stage, arguments={**stage.arguments, name: "".join(stage.words(default))})


def _working_folder(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, working_folder=stage.path(" ".join(stage.words(line.value))))


def _stop_signal(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, stop_signal=line.value)


def _copy(stage: Stage, line: Line, stages: Mapping[str, Stage], context: Sequence[PurePosixPath]) -> Stage:
    origin, sources, destination = _copy_words(stage, line)
    if origin is None:
        available: Files = {_ROOT / path: path for path in context}
    else:
        earlier = _earlier(origin, stages)
        available = (
            earlier.files if earlier else {}
        )  # what another image holds comes from the clone's environment
    target = stage.path(destination)
    is_folder = destination.endswith(("/", ".")) or len(sources) > 1 or stage.has_folder(target)
    copied: dict[PurePosixPath, PurePosixPath] = {}
    for source in sources:
        found = find(source, available)
        if not found.files and origin is None:
            missing = f"{source} must be in the build context, got nothing that isn't ignored."
            raise ArtifactError(f"{line.where}: {missing}")
        copied |= found.below(target, is_folder=is_folder)
    return replace(stage, files={**stage.files, **copied})


def _earlier(origin: str, stages: Mapping[str, Stage]) -> Stage | None:
    by_number = dict(zip(map(str, range(len(stages))), stages.values(), strict=True))
    return stages.get(origin.lower()) or by_number.get(origin)


def _copy_words(stage: Stage, line: Line) -> tuple[str | None, list[str], str]:
    """Return the stage to copy from (None: the context), the sources and the destination."""
    flags = []
    rest = line.value
    while rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        flags.append(flag)
        rest = rest.lstrip()
    if "<<" in rest or "://" in rest:
        raise ArtifactError(f"{line.where}: {line.word} must copy files of the build context, got {rest}.")
    words = _list(rest) or stage.words(rest)
    origin = next((flag.removeprefix("--from=") for flag in flags if flag.startswith("--from=")), None)
    return origin, words[:-1], words[-1]


def _pairs(stage: Stage, line: Line) -> dict[str, str]:
    """Read `name=value name=value`, or the old `name value` with a single pair."""
    words = stage.words(line.value)
    if words and "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}
    return dict(word.partition("=")[::2] for word in words)


def _argv(line: Line) -> tuple[str, ...]:
    """Read the exec form; anything else runs in a shell."""
    return tuple(_list(line.value) or ("/bin/sh", "-c", line.value))


def _list(text: str) -> list[str] | None:
    """Read a JSON list of strings; None if it isn't one, as with single quotes."""
    with suppress(ValueError):
        words: Any = json.loads(text)
        if isinstance(words, list):
            return words
    return None


_READERS: Mapping[str, Reader] = {
    "ADD": _copy,
    "ARG": _argument,
    "CMD": _command,
    "COPY": _copy,
    "ENTRYPOINT": _entrypoint,
    "ENV": _environment,
    "LABEL": _labels,
    "STOPSIGNAL": _stop_signal,
    "WORKDIR": _working_folder,
}

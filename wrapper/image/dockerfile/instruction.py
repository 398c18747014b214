"""What each instruction makes of a stage; those that only a real build can carry out change nothing."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from wrapper.errors import ArtifactError
from wrapper.image.dockerfile.copied import Context, Files, find
from wrapper.image.dockerfile.stage import Line, Stage

_ROOT = PurePosixPath("/")
Stages = Mapping[str, Stage]
Reader = Callable[[Stage, Line, Stages, Context], Stage]


def apply(stage: Stage, line: Line, stages: Stages, context: Context) -> Stage:
    """Return the stage after the instruction; `stages` are those so far."""
    reader = _READERS.get(line.word)
    return reader(stage, line, stages, context) if reader else stage


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


def _user(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, user=" ".join(stage.words(line.value)))


def _volumes(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, volumes=stage.volumes | set(_list(line.value) or stage.words(line.value)))


def _ports(stage: Stage, line: Line, *_: object) -> Stage:
    """Read `8080 8081/tcp`; a range, which is no port to send requests to, and UDP are left out."""
    words = (word.removesuffix("/tcp") for word in stage.words(line.value))
    return replace(stage, ports=(*stage.ports, *(int(word) for word in words if word.isdecimal())))


def _health_check(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, health_check="" if line.value.upper() == "NONE" else line.value)


def _copy(stage: Stage, line: Line, stages: Stages, context: Context) -> Stage:
    origin, sources, destination = copy_words(stage, line)
    available = _earlier_files(origin, stages) if origin else {_ROOT / path: path for path in context.files}
    target = stage.path(destination)
    is_folder = destination.endswith(("/", ".")) or len(sources) > 1 or stage.has_folder(target)
    copied: dict[PurePosixPath, PurePosixPath] = {}
    for source in sources:
        found = find(source, available, context.links)
        if not found.files and origin is None:
            missing = f"{source} is missing in the build context, or is ignored."
            raise ArtifactError(f"{line.where}: {missing}")
        copied |= found.below(target, is_folder=is_folder)
    return replace(stage, files={**stage.files, **copied})


def _earlier_files(origin: str, stages: Stages) -> Files:
    """Return the files of a stage by name or number; a foreign image's come from the clone's environment."""
    by_number = {str(number): stage for number, stage in enumerate(stages.values())}
    stage = stages.get(origin.lower()) or by_number.get(origin)
    return stage.files if stage else {}


def copy_words(stage: Stage, line: Line) -> tuple[str | None, list[str], str]:
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
    if len(words) < 2:
        given = line.value or "nothing"
        raise ArtifactError(f"{line.where}: {line.word} must have a source and a destination, got {given}.")
    origin = next((flag.removeprefix("--from=") for flag in flags if flag.startswith("--from=")), None)
    return origin, words[:-1], words[-1]


def _pairs(stage: Stage, line: Line) -> dict[str, str]:
    """Read `name=value name=value`, or the old `name value` with a single pair."""
    words = stage.words(line.value)
    if words and "=" not in words[0]:
        return {words[0]: " ".join(words[1:])}
    return dict(word.partition("=")[::2] for word in words)


def _argv(line: Line) -> tuple[str, ...]:
    """Read the exec form, of which an empty list is none; anything else runs in a shell."""
    words = _list(line.value)
    return ("/bin/sh", "-c", line.value) if words is None else tuple(words)


def _list(text: str) -> list[str] | None:
    """Read a JSON list of strings; None if it isn't one, as with single quotes."""
    with suppress(ValueError):
        words: Any = json.loads(text)
        if isinstance(words, list) and all(isinstance(word, str) for word in words):
            return words
    return None


_READERS: Mapping[str, Reader] = {
    "ADD": _copy,
    "ARG": _argument,
    "CMD": _command,
    "COPY": _copy,
    "ENTRYPOINT": _entrypoint,
    "ENV": _environment,
    "EXPOSE": _ports,
    "HEALTHCHECK": _health_check,
    "LABEL": _labels,
    "STOPSIGNAL": _stop_signal,
    "USER": _user,
    "VOLUME": _volumes,
    "WORKDIR": _working_folder,
}

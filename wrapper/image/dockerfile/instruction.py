"""Apply one instruction to a stage; one that needs a real build is refused, or recorded as skipped."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from wrapper.errors import ArtifactError
from wrapper.image.dockerfile.copied import Content, find
from wrapper.image.dockerfile.heredoc import Heredoc
from wrapper.image.dockerfile.run import Context, makes_executable, run, short, without_uv_run
from wrapper.image.dockerfile.stage import Line, Stage

CONTAINERS = "set sandbox.runtime to container, which builds the image with Docker or Podman"
_ROOT = PurePosixPath("/")
_ARCHIVE = re.compile(r".*\.(tar|tgz|tbz2?|txz|tar\.\w+)")
_REMOTE = re.compile(r"\w+://|git@")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_FLAG = re.compile(r"(--\S+)\s+")
_SHELLS = frozenset({"", "bash", "sh", "/bin/bash", "/bin/sh"})
# Where pip installs by default, by user or in a Conda image.
_PACKAGES = tuple(map(PurePosixPath, ("/usr/local", "/root/.local", "/opt/conda")))
Stages = Mapping[str, Stage]
Reader = Callable[[Stage, Line, Stages, Context], Stage]


def apply(stage: Stage, line: Line, stages: Stages, context: Context) -> Stage:
    """Return the stage after the instruction; `stages` are the earlier ones by name. Raises ArtifactError."""
    reader = _READERS.get(line.word)
    return reader(stage, line, stages, context) if reader else stage


def _entrypoint(stage: Stage, line: Line, *_: object) -> Stage:
    # As in Docker, ENTRYPOINT resets the command of the base.
    command = () if stage.command_is_inherited else stage.command
    return replace(stage, entrypoint=_argv(stage, line), command=command)


def _command(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, command=_argv(stage, line), command_is_inherited=False)


def _shell(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, shell=tuple(_list(line.value) or stage.shell))


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
    """Read `8080 8081/tcp`; ranges and UDP are left out, since requests go to one TCP port."""
    words = (word.removesuffix("/tcp") for word in stage.words(line.value))
    return replace(stage, ports=(*stage.ports, *(int(word) for word in words if word.isdecimal())))


def _health_check(stage: Stage, line: Line, *_: object) -> Stage:
    return replace(stage, health_check="" if line.value.upper() == "NONE" else line.value)


def _run(stage: Stage, line: Line, stages: Stages, context: Context) -> Stage:
    flags, value = _flags(line)
    words = _list(value)
    if words is not None:
        value = " ".join(f"'{word}'" for word in words)
    lines, said = [(value, "")], value
    if line.heredocs:
        heredoc, rest = line.heredocs[0], value
        for each in line.heredocs:
            rest = rest.replace(each.word, "").strip()
        body = heredoc.body.replace("\\\n", " ")
        lines = [(body, "")] if rest in _SHELLS else [(rest.removesuffix(" -"), heredoc.body)]
        # A script's first line names the program that reads the script.
        if rest in _SHELLS and body.startswith("#!"):
            lines = [(body.partition("\n")[0].rpartition("/")[2].removeprefix("env "), heredoc.body)]
        lines = lines if len(line.heredocs) == 1 else [("exec", "")]
    mounted: dict[PurePosixPath, Content] = {}
    for flag in flags:
        mounted |= _mounted(stage, flag, stages, context)
    return run(stage, where=line.where, said=said, lines=lines, files=mounted, make=context.make)


def _mounted(stage: Stage, flag: str, stages: Stages, context: Context) -> Mapping[PurePosixPath, Content]:
    """Return the files of a `--mount=type=bind`; caches and secrets have none."""
    said = dict(part.partition("=")[::2] for part in flag.removeprefix("--mount=").split(","))
    if not flag.startswith("--mount=") or said.get("type", "bind") != "bind":
        return {}
    origin = said.get("from")
    available = _earlier(origin, stages).files if origin else {_ROOT / path: path for path in context.files}
    target = said.get("target") or said.get("dst") or said.get("destination") or "."
    found = find(said.get("source") or said.get("src") or ".", available, context.links)
    return found.below(stage.path(target), is_folder=False)


def _copy(stage: Stage, line: Line, stages: Stages, context: Context) -> Stage:
    written = {re.sub("[\"']", "", heredoc.word): heredoc for heredoc in line.heredocs}
    flags, given = _flags(line)
    origin, sources, destination = copy_words(stage, line)
    _require_known(line, flags, given, sources)
    earlier = _earlier(origin, stages) if origin else Stage(name="")
    available = earlier.files if origin else {_ROOT / path: path for path in context.files}
    target = stage.path(destination)
    is_folder = destination.endswith(("/", ".")) or len(sources) > 1 or stage.has_folder(target)
    copied: dict[PurePosixPath, Content] = {}
    for source in sources:
        if source in written:
            place = target / written[source].name if is_folder else target
            copied[place] = _body(stage, written[source])
            continue
        found = find(source, available, context.links)
        if not found.files and origin is None:
            missing = f"{source} is missing in the build context, or is ignored."
            raise ArtifactError(f"{line.where}: {missing}")
        copied |= found.below(target, is_folder=is_folder)
        if origin:
            stage = _with_packages(stage, line, earlier, origin, source, is_missing=not found.files)
    mode = next((flag.removeprefix("--chmod=") for flag in flags if flag.startswith("--chmod=")), "")
    made = set(copied) if makes_executable(mode) else set()
    return replace(stage, files={**stage.files, **copied}, executable=stage.executable | made)


def _require_known(line: Line, flags: list[str], given: str, sources: list[str]) -> None:
    """Refuse options that need a build: to download, unpack or exclude. Raises ArtifactError."""
    remote = next(filter(is_remote, sources), None)
    archive = next((source for source in sources if _ARCHIVE.fullmatch(source)), None)
    other = next((flag for flag in flags if flag.startswith(("--exclude", "--parents"))), None)
    if remote:
        rule = f"must copy files of the build context, got {given}"
    elif archive and line.word == "ADD":
        rule = f"must not unpack an archive, got {given}"
    elif other:
        rule = f"must not have {other.partition('=')[0]}, which needs a build, got {line.value}"
    else:
        return
    raise ArtifactError(f"{line.where}: {line.word} {rule}.", fix=CONTAINERS)


def _with_packages(
    stage: Stage, line: Line, earlier: Stage, origin: str, source: str, *, is_missing: bool
) -> Stage:
    """Copy an earlier stage's packages with their folder; record the instruction if the source is missing."""
    path = PurePosixPath("/", source)
    places = {*(_PACKAGES if earlier.packages else ()), *earlier.places}
    copied = {place for place in places if path == place or path in place.parents or place in path.parents}
    if copied:
        known = [*stage.packages, *(each for each in earlier.packages if each not in stage.packages)]
        return replace(
            stage,
            packages=tuple(known),
            places=stage.places | copied.difference(_PACKAGES),
            environments=stage.environments | (copied & earlier.environments),
        )
    # Copying uv itself is no loss: its commands are read, not run.
    if is_missing and path.name not in ("uv", "uvx"):
        text = short(f"{line.word} --from={origin} {source}")
        return replace(stage, skipped=(*stage.skipped, f"{line.where}: {text}"))
    return stage


def _earlier(origin: str, stages: Stages) -> Stage:
    """Return a stage by name or number; another image counts as an empty stage."""
    by_number = {str(number): stage for number, stage in enumerate(stages.values())}
    return stages.get(origin.lower()) or by_number.get(origin) or Stage(name=origin)


def _body(stage: Stage, heredoc: Heredoc) -> bytes:
    known = {**stage.arguments, **stage.environment}
    if heredoc.is_literal:
        return heredoc.body.encode()
    return _VARIABLE.sub(lambda found: known.get(found[1] or found[2], ""), heredoc.body).encode()


def _flags(line: Line) -> tuple[list[str], str]:
    """Split an instruction into its flags and what follows them."""
    flags, rest = [], line.value
    while match := _FLAG.match(rest):
        flags.append(match[1])
        rest = rest[match.end() :]
    return flags, rest


def is_remote(source: str) -> bool:
    """Return whether ADD would download the source."""
    return bool(_REMOTE.match(source))


def copy_words(stage: Stage, line: Line) -> tuple[str | None, list[str], str]:
    """Return the stage to copy from (None: the context), the sources and the destination."""
    flags, rest = _flags(line)
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


def _argv(stage: Stage, line: Line) -> tuple[str, ...]:
    """Read the exec form, where an empty list means no command; anything else runs in a shell."""
    words = _list(line.value)
    return (*stage.shell, line.value) if words is None else tuple(without_uv_run(words))


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
    "RUN": _run,
    "SHELL": _shell,
    "STOPSIGNAL": _stop_signal,
    "USER": _user,
    "VOLUME": _volumes,
    "WORKDIR": _working_folder,
}

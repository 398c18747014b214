"""Read what a Dockerfile's stage runs and contains, without a build.

Python packages are recorded and not installed. The caller may run a `RUN python ...`. The files of every
other RUN are missing, and the stage names it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from pathlib import PurePosixPath
from types import MappingProxyType

from dockerfile_parse import DockerfileParser

from wrapper.errors import ArtifactError
from wrapper.image.dockerfile.copied import Content, Files, Links
from wrapper.image.dockerfile.heredoc import taken_out
from wrapper.image.dockerfile.installing import options
from wrapper.image.dockerfile.instruction import CONTAINERS, apply
from wrapper.image.dockerfile.origin import Origin, Origins
from wrapper.image.dockerfile.run import Context, Make
from wrapper.image.dockerfile.stage import Installation, Line, Making, Stage

__all__ = [
    "CONTAINERS",
    "Content",
    "Files",
    "Installation",
    "Make",
    "Making",
    "Origin",
    "Stage",
    "options",
    "read",
    "read_origin",
    "read_settings",
]

_FILES = ("ADD", "COPY", "RUN")


def read(
    text: str,
    *,
    name: str,
    target: str | None,
    context: Sequence[PurePosixPath],
    links: Links = MappingProxyType({}),
    make: Make = None,
    has_command: bool = False,
) -> Stage:
    """Return the target stage, by default the last one; `links` are the symbolic links of the context.

    `make` runs each `RUN python ...` of the stages that the target needs. With `has_command` the task
    definition has a command, and the stage needs none. Raises ArtifactError if the Dockerfile can't be read
    or run so.
    """
    stages: dict[str, Stage] = {}
    needed = _needed(text, name, target) if make else []
    still = Context(files=context, links=links)
    acting = Context(files=context, links=links, make=make)
    for line in _lines(text, name):
        number = len(stages) - (line.word != "FROM")
        _read_line(line, stages, acting if number in needed else still)
    stage = _chosen(stages, name, target)
    if not stage.entrypoint and not stage.command and not has_command:
        # The base image may have a command, but it is not read.
        raise ArtifactError(
            f"{name} must say what stage {stage.name} runs, got neither ENTRYPOINT nor CMD.",
            fix=f"add a CMD, set command in the environment file, or {CONTAINERS}",
        )
    return stage


def read_settings(text: str, *, name: str, target: str | None) -> Stage:
    """Return the target stage without its files, whatever it runs. Raises ArtifactError if there is none."""
    stages: dict[str, Stage] = {}
    for line in _lines(text, name):
        if line.word not in _FILES:
            _read_line(line, stages, Context(files=(), links={}))
    return _chosen(stages, name, target)


def read_origin(text: str, *, name: str, target: str | None) -> Origin:
    """Return the base images and files of the target stage. Raises ArtifactError if it does not exist."""
    read_settings(text, name=name, target=target)
    return Origins(_lines(text, name)).of(target)


def _needed(text: str, name: str, target: str | None) -> list[int]:
    read_settings(text, name=name, target=target)
    return Origins(_lines(text, name)).stages(target)


def _read_line(line: Line, stages: dict[str, Stage], context: Context) -> None:
    if line.word == "FROM":
        stage = _from(line, stages)
    elif not stages:
        return  # an ARG before the first FROM is visible only to FROM
    else:
        stage = apply(list(stages.values())[-1], line, stages, context)
    stages[stage.name] = stage


def _chosen(stages: dict[str, Stage], name: str, target: str | None) -> Stage:
    if not stages:
        raise ArtifactError(f"{name} must have a FROM line, got none.")
    last = next(reversed(stages))
    stage = stages.get((target or last).lower())
    if stage is None:
        raise ArtifactError(f"image.target must name a stage of {name} ({', '.join(stages)}), got {target}.")
    return stage


def _lines(text: str, name: str) -> Iterator[Line]:
    without, heredocs = taken_out(text, name=name)
    for item in DockerfileParser(fileobj=BytesIO(without.encode())).structure:
        if item["instruction"] != "COMMENT":
            yield Line(
                where=f"{name}:{item['startline'] + 1}",
                word=item["instruction"],
                value=item["value"].strip(),
                heredocs=heredocs.get(item["startline"], ()),
            )


def _from(line: Line, stages: Mapping[str, Stage]) -> Stage:
    words = [word for word in line.value.split() if not word.startswith("--")]
    if not words:
        raise ArtifactError(f"{line.where}: FROM must name an image or a stage.")
    name = words[2].lower() if len(words) == 3 else str(len(stages))
    parent = stages.get(words[0].lower())
    if parent is None:
        return Stage(name=name)
    return replace(parent, name=name, arguments={}, command_is_inherited=True)

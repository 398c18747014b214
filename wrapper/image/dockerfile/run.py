"""Apply a RUN without a shell: packages are recorded, Python is run by `make`, anything else is skipped."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from wrapper.image.dockerfile.copied import Files, Links
from wrapper.image.dockerfile.installing import installing
from wrapper.image.dockerfile.shell import Command, commands
from wrapper.image.dockerfile.stage import Installation, Making, Stage

# Runs a stage's `RUN python ...` and returns its files; None to run nothing.
Make = Callable[[Making], Files] | None
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.*)", re.DOTALL)
_PYTHON = re.compile(r"(?:pypy|python)[\d.]*")
_IMPORTS = re.compile(r"\s*(?:(?:import|from)\s[\w\s.,*]+;?\s*)+")
# Commands that have no effect on the image's files.
_OF_THE_SHELL = frozenset({":", "echo", "export", "ls", "set", "true"})
_UV_RUN = ("--frozen", "--locked", "--no-dev", "--no-sync", "--no-project", "-q", "--quiet")
_MOST_CHARACTERS = 60


@dataclass(frozen=True, kw_only=True)
class Context:
    """The build context, with its symbolic `links`, and `make`, which runs Python."""

    files: Sequence[PurePosixPath]
    links: Links
    make: Make = None


@dataclass
class _Line:
    """The state of one RUN after some of its commands: the stage, the folder, the shell's variables."""

    stage: Stage
    folder: PurePosixPath
    files: Files
    assigned: dict[str, str]
    is_skipped: bool = False


def run(
    stage: Stage, *, where: str, said: str, lines: Sequence[tuple[str, str]], files: Files, make: Make
) -> Stage:
    """Return the stage after a RUN; `said` is its text for messages.

    `lines` are the shell's, each with its standard input; `files` are mounted for this RUN only.
    """
    line = _Line(stage=stage, folder=stage.working_folder, files=files, assigned={})
    for text, read in lines:
        for command in commands(text):
            line.is_skipped |= not _carried_out(line, command, read, where, make)
    if line.is_skipped:
        return replace(line.stage, skipped=(*line.stage.skipped, f"{where}: {short(f'RUN {said}')}"))
    return line.stage


def without_uv_run(words: Sequence[str]) -> list[str]:
    """Return the command that `uv run` would run; its environment exists already."""
    if [PurePosixPath(word).name for word in words[:1]] != ["uv"] or list(words[1:2]) != ["run"]:
        return list(words)
    left = list(words[2:])
    while left and left[0] in _UV_RUN:
        del left[0]
    is_script = left[:1] and left[0].endswith(".py")
    return ["python", *left] if is_script else left


def _carried_out(line: _Line, command: Command, read: str, where: str, make: Make) -> bool:
    """Apply one command to the line, and return whether that was possible without a container."""
    words = line.stage.words(command.text, **line.assigned) if command.is_simple else []
    own: dict[str, str] = {}
    while words and (match := _ASSIGNMENT.fullmatch(words[0])):
        own[match[1]] = match[2]
        del words[0]
    words = without_uv_run(words)
    if not words:
        return command.is_simple and bool(own)
    stage = line.stage
    if words[0] in (".", "source") and words[-1].endswith("/bin/activate"):
        pass  # tasks and `make` always run in the environment
    elif words[0] == "cd" and len(words) == 2:
        line.folder = stage.path(words[1], below=line.folder)
    elif words[0] in _OF_THE_SHELL:
        line.assigned |= {match[1]: match[2] for word in words[1:] if (match := _ASSIGNMENT.fullmatch(word))}
    elif found := installing(words):
        if not found.is_nothing:
            noted = Installation(
                where=where, installing=found, folder=line.folder, files={**stage.files, **line.files}
            )
            stage = replace(stage, packages=(*stage.packages, noted))
        line.stage = _placed(stage, line.folder, found.places, is_environment=found.kind == "sync")
    elif place := _environment(words):
        line.stage = _placed(stage, line.folder, [place], is_environment=True)
    elif words[0] in _OF_FILES and (paths := _paths(stage, line.folder, words)) is not None:
        line.stage = _OF_FILES[words[0]](stage, paths)
    elif words[0] == "chmod" and len(words) > 2 and makes_executable(words[1]):
        made = {stage.path(word, below=line.folder) for word in words[2:]}
        line.stage = replace(stage, executable=stage.executable | made)
        return made <= {*stage.files, *stage.folders}
    elif _PYTHON.fullmatch(PurePosixPath(words[0]).name):
        if make and not _makes_byte_code(words):
            line.stage = _made(line, words, own, read, command, where, make)
    else:
        return False
    return True


def _made(
    line: _Line, words: list[str], own: dict[str, str], read: str, command: Command, where: str, make: Make
) -> Stage:
    assert make
    stage = line.stage
    # In Docker, an ARG without a value is not set.
    arguments = {name: value for name, value in stage.arguments.items() if value}
    making = Making(
        where=where,
        words=("python", *words[1:]),
        text=read,
        environment={**arguments, **stage.environment, **line.assigned, **own},
        folder=line.folder,
        files={**stage.files, **line.files},
        packages=stage.packages,
        may_fail=command.may_fail,
    )
    return replace(stage, files={**stage.files, **make(making)})


def _placed(stage: Stage, folder: PurePosixPath, places: Iterable[str], *, is_environment: bool) -> Stage:
    found = frozenset(stage.path(place, below=folder) for place in places)
    made = stage.environments | found if is_environment else stage.environments
    return replace(stage, places=stage.places | found, environments=made)


def _paths(stage: Stage, folder: PurePosixPath, words: Sequence[str]) -> list[PurePosixPath] | None:
    """Return the paths of `mkdir -p` or `rm -rf`; None with options that take a value."""
    named = [word for word in words[1:] if not word.startswith("-")]
    if any(word.startswith(("-m", "--mode", "-Z", "--context")) for word in words[1:]):
        return None
    return [stage.path(word, below=folder) for word in named]


def _with_folders(stage: Stage, paths: Sequence[PurePosixPath]) -> Stage:
    return replace(stage, folders=stage.folders | set(paths))


def _without(stage: Stage, paths: Sequence[PurePosixPath]) -> Stage:
    def is_kept(held: PurePosixPath) -> bool:
        return not any(fnmatchcase(str(each), str(path)) for path in paths for each in (held, *held.parents))

    files = {path: content for path, content in stage.files.items() if is_kept(path)}
    return replace(stage, files=files, folders=frozenset(filter(is_kept, stage.folders)))


def _environment(words: Sequence[str]) -> str:
    """Return where `python -m venv`, `virtualenv` or `uv venv` creates an environment; "" for other words."""
    program, rest = PurePosixPath(words[0]).name, list(words[1:])
    if _PYTHON.fullmatch(program) and rest[:1] == ["-m"] and rest[1:2] in (["venv"], ["virtualenv"]):
        rest = rest[2:]
    elif program == "uv" and rest[:1] == ["venv"]:
        rest = [*rest[1:], ".venv"]
    elif program != "virtualenv":
        return ""
    values = {"--python", "-p", "--prompt"}
    named = [word for before, word in zip(["", *rest], rest, strict=False) if before not in values]
    return next((word for word in named if not word.startswith("-")), "")


def _makes_byte_code(words: Sequence[str]) -> bool:
    """Return whether it only compiles or imports, which creates nothing but byte code."""
    if list(words[1:3]) == ["-m", "compileall"]:
        return True
    return len(words) == 3 and words[1] == "-c" and bool(_IMPORTS.fullmatch(words[2]))


def makes_executable(mode: str) -> bool:
    """Return whether chmod with this mode sets an x bit."""
    return bool(re.fullmatch(r"[ugoa]*\+[rwx]*x[rwx]*|0?[157][0-7]{2}", mode))


def short(text: str) -> str:
    """Return a text as one line of at most about 60 characters, for messages."""
    one = " ".join(text.split())
    return one if len(one) <= _MOST_CHARACTERS else f"{one[:_MOST_CHARACTERS].rstrip()} …"


_OF_FILES: Mapping[str, Callable[[Stage, Sequence[PurePosixPath]], Stage]] = {
    "mkdir": _with_folders,
    "rm": _without,
}

"""The folder of environment files: find one, read it, check it by itself and against the others."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wrapper.environment import overrides as options
from wrapper.environment import text
from wrapper.environment.neighbours import network_problems
from wrapper.environment.preview import OPTION, Preview, changes, put, refusals
from wrapper.environment.problems import dotted, kind
from wrapper.environment.problems import problems as told
from wrapper.environment.root import Environment
from wrapper.environment.settings import Setting, Source, settings
from wrapper.errors import ConfigError, nearest

# Names and tags consist of these, and resources are found by them.
_IDENTITY = frozenset({"name", "project", "target", "region", "account_id", "disposable", "sandbox"})


def load(
    name: str, *, directory: Path, overrides: Sequence[str] = (), preview: Preview | None = None
) -> Environment:
    """Read `<directory>/<name>.yaml`, apply the overrides ("a.b.c=YAML value"), and check all of it.

    Local paths in it are relative to the directory's parent. With a `preview` the result is another
    environment, from the same file. Raises ConfigError with all problems at once.
    """
    return _load(name, directory, overrides, preview)[0]


def load_sound(
    name: str, *, directory: Path, overrides: Sequence[str] = (), preview: Preview | None = None
) -> tuple[Environment, Sequence[str]]:
    """Load an environment for a destroy, without the blocks that have a problem.

    Returns it with the problems. Raises ConfigError if the keys are wrong that identify the environment and
    its place.
    """
    try:
        return load(name, directory=directory, overrides=overrides, preview=preview), ()
    except ConfigError as error:
        source = f"{directory.name}/{name}.yaml"
        written = _read(_find(name, directory), source)[1]
        own, refused = _previewed(written, directory, overrides, preview)
        data, wrong = options.apply(own, overrides)
        sound = None if refused or wrong else _sound(name, data, directory, preview)
        if sound is None:
            raise
        return sound, error.problems


def _sound(
    name: str, data: Mapping[str, Any], directory: Path, preview: Preview | None
) -> Environment | None:
    """Remove blocks with a problem until the rest has none; for a service or a job, only that one."""
    rest: dict[str, Any] = {"services": {}, **data}
    while True:
        try:
            return _environment(name, rest, directory, preview)
        except ValidationError as error:
            faulty = {detail["loc"][:2] for detail in error.errors(include_url=False)}
        for key, *inside in faulty:
            if key in _IDENTITY or key not in rest:
                return None
            block = rest[key]
            if key in ("services", "jobs") and isinstance(block, dict) and inside and inside[0] in block:
                rest[key] = {each: value for each, value in block.items() if each != inside[0]}
            elif key == "services" and block != {}:
                rest[key] = {}
            else:
                del rest[key]


def explain(
    name: str, *, directory: Path, overrides: Sequence[str] = (), preview: Preview | None = None
) -> Sequence[Setting]:
    """Load an environment and return each key's value, its source, and its meaning."""
    environment, content, data = _load(name, directory, overrides, preview)
    own = changes(data, preview) if preview else {}
    sources: Mapping[Source, Sequence[Sequence[str]]] = {"--set": options.keys(overrides), OPTION: [*own]}
    return list(settings(environment, data, text.lines(content), sources))


def check(name: str, content: str, *, directory: Path) -> Environment:
    """Return the environment of a file with this content, written or not; raise ConfigError."""
    source = f"{directory.name}/{name}.yaml"
    try:
        data = text.parse(content)
    except text.TextError as error:
        raise ConfigError(source, error.problems) from error
    environment, found = _validated(name, data, directory, None)
    if environment is None or found:
        raise ConfigError(source, found)
    return environment


def read(name: str, *, directory: Path) -> tuple[Path, str]:
    """Find an environment's file and read its text; raise ConfigError."""
    path = _find(name, directory)
    return path, _read(path, f"{directory.name}/{name}.yaml")[0]


def _load(
    name: str, directory: Path, overrides: Sequence[str], preview: Preview | None
) -> tuple[Environment, str, Mapping[str, Any]]:
    source = f"{directory.name}/{name}.yaml"
    path = _find(name, directory)
    content, written = _read(path, source)
    data, refused = _previewed(written, directory, overrides, preview)
    changed, found = options.apply(data, overrides)
    # A name that is refused is no environment's: the rest is checked as the file's own.
    chosen = None if refused else preview
    environment, after = _validated(name, changed, directory, chosen)
    if overrides and after:

        def problems(kept: Sequence[str]) -> Sequence[str]:
            return _validated(name, options.apply(data, kept)[0], directory, chosen)[1]

        after = [*marked(after, problems(())), *_hidden(after, overrides, problems)]
    if refused and not (found or after):
        raise ConfigError(OPTION, refused)
    if environment is None or refused or found or after:
        raise ConfigError(source, [*(f"{OPTION} {each}" for each in refused), *found, *after])
    return environment, content, changed


def _hidden(
    after: Sequence[str], overrides: Sequence[str], problems: Callable[[Sequence[str]], Sequence[str]]
) -> list[str]:
    """List the file's own problems that wrong overrides hide; `problems` are those with other overrides.

    A block that is no map has no keys to check, and keys are not compared while one of them is wrong.
    """
    own = problems(())
    brought = {*after} - {*own}
    wrong = [
        option
        for option in overrides
        if brought - {*problems([each for each in overrides if each != option])}
    ]
    keys = {dotted(key) for key in options.keys(wrong)}
    rest = problems([each for each in overrides if each not in wrong]) if own else ()
    return [
        each for each in rest if each in own and each not in after and each.split()[0].rstrip(":") not in keys
    ]


def _previewed(
    data: Mapping[str, Any], directory: Path, overrides: Sequence[str], preview: Preview | None
) -> tuple[Mapping[str, Any], Sequence[str]]:
    """Return a file's content for the preview, and the problems with the preview's name."""
    if preview is None:
        return data, ()
    problems = refusals(preview, options.apply(data, overrides)[0], names(directory))
    return put(data, changes(data, preview)), tuple(problems)


def marked(problems: Iterable[str], before: Container[str]) -> list[str]:
    """Mark the problems that the file did not have `before` as problems of the overrides."""
    return [each if each in before else f"{each.removesuffix('.')} (--set)." for each in problems]


def names(directory: Path) -> Sequence[str]:
    """List the environments in the folder."""
    return sorted(path.stem for path in directory.glob("*.yaml"))


def _find(name: str, directory: Path) -> Path:
    known = names(directory)
    if name in known:
        return directory / f"{name}.yaml"
    if not known:
        raise ConfigError(str(directory), [f"{name}: unknown environment; the folder has no .yaml file."])
    if (directory.parent / ".wrapper" / name).is_dir():
        problem = f"{name}: unknown environment; for a preview, write FILE {OPTION} {name}."
        raise ConfigError(directory.name, [problem])
    # Some users type the file's path.
    near = nearest(Path(name).name.removesuffix(".yaml").removesuffix(".yml"), known)
    hint = f"did you mean {near}? There" if near else "there"
    raise ConfigError(directory.name, [f"{name}: unknown environment; {hint} are {', '.join(known)}."])


def _read(path: Path, source: str) -> tuple[str, Mapping[str, Any]]:
    try:
        content = text.read(path)
        data = text.parse(content)
    except text.TextError as error:
        raise ConfigError(source, error.problems) from error
    if data is None:
        raise ConfigError(source, ["the file must contain keys such as project and services, got nothing."])
    if not isinstance(data, dict):
        raise ConfigError(
            source, [f"the file must contain keys such as project and services, got {kind(data)}."]
        )
    if "name" in data:
        raise ConfigError(source, ["name: unknown key; an environment has the name of its file."])
    return content, data


def _environment(name: str, data: Mapping[str, Any], directory: Path, preview: Preview | None) -> Environment:
    own = preview.name if preview else name
    return Environment.model_validate({"name": own, **data}, context={"root": directory.parent, "file": name})


def _validated(
    name: str, data: Mapping[str, Any], directory: Path, preview: Preview | None
) -> tuple[Environment | None, list[str]]:
    try:
        environment = _environment(name, data, directory, preview)
    except ValidationError as error:
        return None, list(told(error, Environment))
    return environment, list(network_problems(environment, directory))

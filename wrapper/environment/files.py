"""The folder of environment files: find one, read it, check it against its models and its neighbours."""

from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wrapper.environment import overrides as options
from wrapper.environment import text
from wrapper.environment.neighbours import network_problems
from wrapper.environment.problems import kind, problems
from wrapper.environment.root import Environment
from wrapper.environment.settings import Setting, settings
from wrapper.errors import ConfigError, nearest

# What names and tags are made of, and where they are looked for.
_IDENTITY = frozenset({"name", "project", "target", "region", "account_id", "disposable", "sandbox"})


def load(name: str, *, directory: Path, overrides: Sequence[str] = ()) -> Environment:
    """Read `<directory>/<name>.yaml`, put the overrides ("a.b.c=YAML value") in, and check all of it.

    Local paths in it count from the directory's parent. Raise ConfigError with all problems at once.
    """
    return _load(name, directory, overrides)[0]


def load_sound(
    name: str, *, directory: Path, overrides: Sequence[str] = ()
) -> tuple[Environment, Sequence[str]]:
    """Load what is sound of an environment, for a destroy: without the blocks that have a problem.

    Return it with the problems. Raise ConfigError if what says which environment it is, and where, has one.
    """
    try:
        return load(name, directory=directory, overrides=overrides), ()
    except ConfigError as error:
        source = f"{directory.name}/{name}.yaml"
        data, wrong = options.apply(_read(_find(name, directory), source)[1], overrides)
        sound = None if wrong else _sound(name, data, directory)
        if sound is None:
            raise
        return sound, error.problems


def _sound(name: str, data: Mapping[str, Any], directory: Path) -> Environment | None:
    """Take blocks with a problem out, a service or a job alone if it is its own, until the rest has none."""
    rest: dict[str, Any] = {"services": {}, **data}
    while True:
        try:
            return Environment.model_validate({"name": name, **rest}, context={"root": directory.parent})
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


def explain(name: str, *, directory: Path, overrides: Sequence[str] = ()) -> Sequence[Setting]:
    """Load an environment and say of each key what its value is, where that comes from, and what it means."""
    environment, content, data = _load(name, directory, overrides)
    return list(settings(environment, data, text.lines(content), options.keys(overrides)))


def check(name: str, content: str, *, directory: Path) -> Environment:
    """Say what an environment file with this content, written or not, would mean; raise ConfigError."""
    source = f"{directory.name}/{name}.yaml"
    try:
        data = text.parse(content)
    except text.TextError as error:
        raise ConfigError(source, error.problems) from error
    environment, found = _validated(name, data, directory)
    if environment is None or found:
        raise ConfigError(source, found)
    return environment


def read(name: str, *, directory: Path) -> tuple[Path, str]:
    """Find an environment's file and read its text; raise ConfigError."""
    path = _find(name, directory)
    return path, _read(path, f"{directory.name}/{name}.yaml")[0]


def _load(name: str, directory: Path, overrides: Sequence[str]) -> tuple[Environment, str, Mapping[str, Any]]:
    source = f"{directory.name}/{name}.yaml"
    path = _find(name, directory)
    content, data = _read(path, source)
    changed, found = options.apply(data, overrides)
    environment, after = _validated(name, changed, directory)
    if overrides and after:
        after = marked(after, _validated(name, data, directory)[1])
    if environment is None or found or after:
        raise ConfigError(source, [*found, *after])
    return environment, content, changed


def marked(problems: Iterable[str], before: Container[str]) -> list[str]:
    """Say of the problems that the file did not have `before` that an override has brought them."""
    return [each if each in before else f"{each.removesuffix('.')} (--set)." for each in problems]


def names(directory: Path) -> Sequence[str]:
    """List the environments that there are."""
    return sorted(path.stem for path in directory.glob("*.yaml"))


def _find(name: str, directory: Path) -> Path:
    known = names(directory)
    if name in known:
        return directory / f"{name}.yaml"
    if not known:
        raise ConfigError(str(directory), [f"{name}: unknown environment; the folder holds no .yaml file."])
    # People also type the file's path.
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
        raise ConfigError(source, ["the file must hold keys such as project and services, got nothing."])
    if not isinstance(data, dict):
        raise ConfigError(
            source, [f"the file must hold keys such as project and services, got {kind(data)}."]
        )
    if "name" in data:
        raise ConfigError(source, ["name: unknown key; an environment is called like its file."])
    return content, data


def _validated(name: str, data: Mapping[str, Any], directory: Path) -> tuple[Environment | None, list[str]]:
    try:
        environment = Environment.model_validate({"name": name, **data}, context={"root": directory.parent})
    except ValidationError as error:
        return None, list(problems(error, Environment))
    return environment, list(network_problems(environment, directory))

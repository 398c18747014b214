"""Write an environment file for folders with a Dockerfile, or add a service to an existing file.

Both write the whole file or nothing, and only what loads. `init` replaces no file; `add` changes nothing else
in the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wrapper.environment import Environment, check, free_network, free_ports, names, read, text
from wrapper.environment.network import CIDR
from wrapper.environment.root import PREFIX_LENGTH, Sandbox
from wrapper.errors import ConfigError
from wrapper.verbs.init.service import Ask, Options, Service, described
from wrapper.verbs.init.writing import write

_DOMAINS: Mapping[str, str] = {"sandbox": "localhost", "aws": "example.com"}


@dataclass(frozen=True, kw_only=True)
class Written:
    """`found` says what was found and where; `problems` are what will keep a service from answering."""

    environment: str
    path: Path
    found: Sequence[str] = field(default_factory=list)
    problems: Sequence[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "environment": self.environment,
            "path": str(self.path),
            "found": self.found,
            "problems": self.problems,
        }


def init(name: str, options: Options, *, root: Path, ask: Ask = None) -> Written:
    """Write environments/<name>.yaml. Raises ConfigError, and ArtifactError for a Dockerfile that is none."""
    directory = root / "environments"
    if name in names(directory):
        raise ConfigError(
            f"init {name}",
            [f"{directory.name}/{name}.yaml must not exist, but it does."],
            fix=f"python -m wrapper add {name} SERVICE=FOLDER, or choose another name",
        )
    if not options.services:
        raise ConfigError(f"init {name}", ["--service is missing, as in --service iris=../iris."])
    if len(options.services) > 1 and (options.port or options.health or options.host):
        raise ConfigError(
            f"init {name}",
            ["--port, --health and --host must be used with one service, got several."],
            fix=f"start with one, then python -m wrapper add {name} SERVICE=FOLDER --port N",
        )
    services: list[Service] = []
    for service, folder in options.services:
        domain = _DOMAINS[options.target] if services else None
        services.append(described(f"init {name}", service, folder, options, root, domain, ask))
    content = "".join(f"{line}\n" for line in _lines(name, options, services, directory))
    check(name, content, directory=directory)
    path = directory / f"{name}.yaml"
    write(path, content, is_new=True)
    return _written(name, path, services)


def add(name: str, options: Options, *, root: Path, ask: Ask = None) -> Written:
    """Add a service to an environment file; everything else stays byte for byte. Raises ConfigError."""
    directory = root / "environments"
    path, before = read(name, directory=directory)
    environment = check(name, before, directory=directory)
    [(wanted, folder)] = options.services
    domain = environment.dns.zone_name if environment.dns else _DOMAINS[environment.target]
    is_first = not any(each.route.is_default for each in environment.services.values())
    service = described(f"add {name}", wanted, folder, options, root, None if is_first else domain, ask)
    if service.name in {*environment.services, *environment.jobs}:
        raise ConfigError(
            f"add {name}", [f"{service.name} must be a new name, but {path.name} has a service of this name."]
        )
    try:
        after = text.inserted(before, "services", list(service.lines()))
    except text.TextError as error:
        raise ConfigError(f"{directory.name}/{path.name}", error.problems) from error
    _require_only(environment, check(name, after, directory=directory), service.name)
    write(path.resolve(), after, is_new=False)
    return _written(name, path, [service])


def _require_only(before: Environment, after: Environment, name: str) -> None:
    """Require that only the new service was added: the file's text belongs to the user."""
    rest = {key: value for key, value in after.services.items() if key != name}
    if name not in after.services or after.model_copy(update={"services": rest}) != before:
        raise ConfigError(f"add {before.name}", ["services must be a block with one key per line."])


def _written(name: str, path: Path, services: Sequence[Service]) -> Written:
    return Written(
        environment=name,
        path=path,
        found=[line for service in services for line in service.told()],
        problems=[f"{service.name}: {problem}" for service in services for problem in service.problems],
    )


def _lines(name: str, options: Options, services: Sequence[Service], directory: Path) -> Iterator[str]:
    longest = max(PREFIX_LENGTH - 1 - len(name), 1)
    project = options.project or services[0].name[:longest].strip("-")
    yield f"# Every other key has a default: python -m wrapper config {name} prints all, with what they mean."
    yield f"project: {project} # prefix of every name: {project}-{name}"
    yield f"target: {options.target} # sandbox | aws"
    if options.target == "aws":
        yield from _place(name, options, directory)
    elif (ports := free_ports(directory)) != (Sandbox().port, Sandbox().alb_port):
        yield f"sandbox: {{port: {ports[0]}, alb_port: {ports[1]}}} # other environments have other ports"
    yield "services:"
    for service in services:
        yield from (f"  {line}" for line in service.lines())


def _place(name: str, options: Options, directory: Path) -> Iterator[str]:
    missing = [
        f"{option} is missing; --target aws requires it."
        for option, value in (("--region", options.region), ("--account-id", options.account_id))
        if not value
    ]
    if missing:
        raise ConfigError(f"init {name}", missing)
    yield f"region: {options.region}"
    yield f'account_id: "{options.account_id}"'
    if (cidr := free_network(directory)) != CIDR:
        yield f"network: {{cidr: {cidr}}} # other environments on AWS have other ranges"

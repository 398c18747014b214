"""One service, from the command line and from its folder, and its lines in an environment file."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wrapper.environment import text
from wrapper.errors import ConfigError
from wrapper.verbs.init.folder import DOCKERFILES, Port, look
from wrapper.verbs.init.source import Route

Target = Literal["sandbox", "aws"]
# Asks for what is not found: the question, and the option that answers it. None if nobody can be asked.
Ask = Callable[[str], str] | None
_NAME_LENGTH = 20


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of the command line; None is to be found in the folder.

    `services`: folders by name, as typed.
    """

    services: Sequence[tuple[str, str]]
    target: Target = "sandbox"
    project: str | None = None
    region: str | None = None
    account_id: str | None = None
    port: int | None = None
    health: str | None = None
    host: str | None = None


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service to be written; `host` is None for the one that gets all other requests."""

    name: str
    context: str
    dockerfile: str
    port: Port
    health: Route
    host: str | None
    problems: Sequence[str]

    def lines(self) -> Iterator[str]:
        image = {"context": self.context} | (
            {} if self.dockerfile == DOCKERFILES[0] else {"dockerfile": self.dockerfile}
        )
        status = {} if self.health.status == 200 else {"status": self.health.status}
        answer = {"status": str(self.health.status)} if status else {}
        yield f"{self.name}:"
        yield f"  image: {text.write(image)}"
        yield f"  port: {self.port.number} # {_remark(self.port.where)}"
        yield f"  health: {text.write({'path': self.health.path, **answer})} # {_remark(self.health.where)}"
        if self.host:
            yield f"  route: {text.write({'hosts': [self.host]})} # the requests that it gets"
        yield "  smoke: # what must answer after a roll-out; more in docs/your-own-model.md"
        yield "    requests:"
        yield f"      - {text.write({'path': self.health.path, **status})}"

    def told(self) -> Iterator[str]:
        yield f"{self.name}: port {self.port.number}, from {self.port.where}"
        answer = "" if self.health.status == 200 else f" by {self.health.status}"
        yield f"{self.name}: GET {self.health.path} answers{answer}, from {self.health.where}"


def described(
    source: str, name: str, typed: str, options: Options, root: Path, domain: str | None, ask: Ask
) -> Service:
    folder = Path(typed).expanduser()
    folder = folder if folder.is_absolute() else Path.cwd() / folder
    if not any((folder / each).is_file() for each in DOCKERFILES):
        problem = "has none" if folder.is_dir() else "is no folder"
        raise ConfigError(
            source,
            [f"{typed} must be a folder with a Dockerfile, but {problem}."],
            fix="see the Dockerfile in docs/your-own-model.md",
        )
    name = name or _name_of(folder)
    found = look(folder)
    port = Port(number=options.port, where="--port") if options.port else found.port
    if port is None:
        port = _asked_port(source, name, ask)
    health = Route(path=options.health, status=200, where="--health") if options.health else found.health
    if health is None:
        health = _asked_health(source, name, ask)
    return Service(
        name=name,
        context=_context(typed, folder, root),
        dockerfile=found.dockerfile,
        port=port,
        health=health,
        host=options.host or (f"{name}.{domain}" if domain else None),
        problems=found.problems,
    )


def _asked_port(source: str, name: str, ask: Ask) -> Port:
    rule = f"--port is missing: neither {name}'s Dockerfile nor its sources say where it listens."
    answer = ask(f"Port that {name} listens on") if ask else ""
    if not answer.isdecimal():
        raise ConfigError(source, [rule if not answer else f"--port must be a number, got {answer}."])
    return Port(number=int(answer), where="from you")


def _asked_health(source: str, name: str, ask: Ask) -> Route:
    answer = ask(f"Path that answers 200 to a GET when {name} is healthy") if ask else ""
    if not answer:
        rule = f"--health is missing: {name}'s sources show no path that answers a GET, such as /health."
        raise ConfigError(source, [rule])
    return Route(path=answer, status=200, where="from you")


def _context(typed: str, folder: Path, root: Path) -> str:
    """Write a path as typed if it is absolute or begins with ~, else relative to the clone."""
    if Path(typed).is_absolute() or typed.startswith("~/"):
        return typed
    return os.path.relpath(folder.resolve(), root.resolve())


def _name_of(folder: Path) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-0123456789")
    return plain[:_NAME_LENGTH].strip("-") or "model"


def _remark(where: str) -> str:
    """Keep a comment on its line, whatever characters a file's name has."""
    return "".join(each if each.isprintable() else "?" for each in where)

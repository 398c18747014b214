"""What a folder with a Dockerfile says about its service: the port, and a path for health checks.

Nothing is run. Each finding has its source; what is not found must be given by the user.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wrapper.image.dockerfile import Stage, read_settings
from wrapper.verbs.init.servers import SERVERS, Server
from wrapper.verbs.init.source import Route, Source

DOCKERFILES = ("Dockerfile", "Containerfile")
# If nothing names a port and the program uses $PORT.
_ANY_PORT = 8000
_ELSEWHERE = re.compile(r"grpc|metric|manag|debug|inspect")
_PORT_OPTION = re.compile(r"(--?[\w.-]*port|-p|--bind|-b|--listen)(?:=(.+))?")
_HOST_OPTION = re.compile(r"(--?[\w.-]*(?:host|address)|--bind|-b|--listen)(?:=(.+))?")
_URL = re.compile(r"https?://(?:\[[^\]]*\]|[^/:\s\"']+)(?::(\d+))?(/[^\s\"'|;)]*)?")
_LOOPBACK = re.compile(r"(127\.[\d.]+|localhost)(:|$)")


@dataclass(frozen=True, kw_only=True)
class Port:
    number: int
    where: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was found; `problems` are what will keep the service from answering, as far as the files show."""

    dockerfile: str
    port: Port | None
    health: Route | None
    problems: Sequence[str]


def look(folder: Path) -> Look:
    """Read the folder's Dockerfile and its sources. Raises ArtifactError for an invalid Dockerfile."""
    dockerfile = next(name for name in DOCKERFILES if (folder / name).is_file())
    text = (folder / dockerfile).read_text("utf-8", "replace")
    stage = read_settings(text, name=dockerfile, target=None)
    source = Source.of(folder, dockerfile)
    words = _words(stage)
    server = next((SERVERS[name] for word in words if (name := PurePosixPath(word).name) in SERVERS), None)
    return Look(
        dockerfile=dockerfile,
        port=_port(stage, words, source, server, dockerfile),
        health=_health(stage, source, server, dockerfile),
        problems=list(_problems(stage, words, server, dockerfile)),
    )


def _words(stage: Stage) -> list[str]:
    """Return the words of the stage's command, also those of a shell's line and of gunicorn's settings."""
    words: list[str] = []
    for word in (*stage.entrypoint, *stage.command, stage.environment.get("GUNICORN_CMD_ARGS", "")):
        try:
            words += shlex.split(word) if " " in word else [word]
        except ValueError:
            words += word.split()
    return words


def _values(words: Sequence[str], option: re.Pattern[str]) -> Iterator[str]:
    """Yield the values of an option, written as `--port 80` or `--port=80`."""
    for word, following in zip(words, [*words[1:], ""], strict=True):
        match = option.fullmatch(word)
        if match and not _ELSEWHERE.search(match[1]):
            yield match[2] or following


def _port(
    stage: Stage, words: Sequence[str], source: Source, server: Server | None, dockerfile: str
) -> Port | None:
    given = list(_values(words, _PORT_OPTION))
    for value in given:
        if (match := re.search(r"(?:^|:)(\d+)$", value)) and _is_port(int(match[1])):
            return Port(number=int(match[1]), where=f"the command in {dockerfile}")
    exposed = [port for port in stage.ports if _is_port(port)]
    obeyed = source.obeyed()
    if exposed:
        return Port(number=exposed[0], where=f"EXPOSE in {dockerfile}")
    for name, value in stage.environment.items():
        is_ours = name.endswith("PORT") and not _ELSEWHERE.search(name.lower())
        if is_ours and value.isdecimal() and _is_port(int(value)):
            return Port(number=int(value), where=f"{name} in {dockerfile}")
    if obeyed:
        return Port(number=obeyed[0] or _ANY_PORT, where=f"{obeyed[1]}, which uses $PORT")
    if any("$PORT" in value or "${PORT" in value for value in given) or (server and server.obeys):
        return Port(number=_ANY_PORT, where="any, since the command uses $PORT")
    if server:
        return Port(number=server.port, where="the server's default")
    if found := source.port(words):
        return Port(number=found[0], where=found[1])
    return None


def _health(stage: Stage, source: Source, server: Server | None, dockerfile: str) -> Route | None:
    if (match := _URL.search(stage.health_check)) and match[2]:
        return Route(path=match[2], status=200, where=f"HEALTHCHECK in {dockerfile}")
    found = source.health()
    if found is None and server and server.health:
        return Route(path=server.health, status=200, where="the server's default")
    return found


def _problems(stage: Stage, words: Sequence[str], server: Server | None, dockerfile: str) -> Iterator[str]:
    if not words or words == [""]:
        yield f"{dockerfile} has neither CMD nor ENTRYPOINT: what the base image runs is not known here."
    hosts = list(_values(words, _HOST_OPTION))
    told = any(name.endswith(("_HOST", "_ADDRESS")) for name in stage.environment)
    if any(_LOOPBACK.match(host) for host in hosts) or (
        server and server.is_loopback and not hosts and not told
    ):
        yield (
            f"what {dockerfile} runs listens on 127.0.0.1, where nobody outside of the container reaches it; "
            "let it listen on 0.0.0.0, as by `--host 0.0.0.0`."
        )


def _is_port(number: int) -> bool:
    return 0 < number < 65536

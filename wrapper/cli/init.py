"""The commands that write an environment file."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from wrapper.cli.complete import environments
from wrapper.cli.options import ROOT, json_option, print_json
from wrapper.console import TerminalConsole
from wrapper.verbs.init import Options, Target, Written
from wrapper.verbs.init import add as add_service
from wrapper.verbs.init import init as write_environment

_port_option = click.option("--port", type=click.IntRange(1, 65535), help="Port that the service listens on")
_health_option = click.option(
    "--health", metavar="PATH", help="Path that answers 200 when the service is healthy"
)
_host_option = click.option("--host", metavar="NAME", help="Host whose requests go to the service")


@click.command()
@click.argument("name")
@click.option(
    "--service",
    "services",
    multiple=True,
    metavar="SERVICE=FOLDER",
    help="A name, and the folder with its Dockerfile; may be repeated",
)
@_port_option
@_health_option
@_host_option
@click.option("--target", type=click.Choice(["sandbox", "aws"]), help="Where it runs (default sandbox)")
@click.option("--project", metavar="NAME", help="Prefix of every name (default the service's name)")
@click.option("--region", help="AWS region (default $AWS_REGION)")
@click.option("--account-id", help="AWS account, 12 digits")
@json_option
def init(name: str, services: Sequence[str], as_json: bool, **given: Any) -> None:
    """Write an environment file for your own folders"""
    options = Options(services=[_split(each) for each in services], **_without_none(given))
    if not options.services and _may_ask():
        options = replace(options, services=[_split(_ask("Folder with a Dockerfile"))])
    if given["target"] is None and _may_ask():
        chosen: Target = click.prompt(
            "Where it runs", type=click.Choice(["sandbox", "aws"]), default="sandbox", err=True
        )
        options = replace(options, target=chosen)
    if options.target == "aws":
        options = replace(
            options,
            region=options.region or os.environ.get("AWS_REGION") or _asked("AWS region"),
            account_id=options.account_id or _asked("AWS account, 12 digits"),
        )
    _tell(write_environment(name, options, root=ROOT, ask=_ask if _may_ask() else None), as_json=as_json)


@click.command()
@click.argument("environment", shell_complete=environments)
@click.argument("service", metavar="SERVICE=FOLDER")
@_port_option
@_health_option
@_host_option
@json_option
def add(environment: str, service: str, as_json: bool, **given: Any) -> None:
    """Add a service to an environment file"""
    options = Options(services=[_split(service)], **_without_none(given))
    _tell(add_service(environment, options, root=ROOT, ask=_ask if _may_ask() else None), as_json=as_json)


def _split(service: str) -> tuple[str, str]:
    """Split SERVICE=FOLDER; without a name, the folder's name is the service's."""
    name, equals, folder = service.partition("=")
    return (name, folder) if equals and "/" not in name else ("", service)


def _without_none(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _may_ask() -> bool:
    return sys.stdin.isatty()


def _ask(question: str) -> str:
    return str(click.prompt(question, err=True))


def _asked(question: str) -> str | None:
    return _ask(question) if _may_ask() else None


def _tell(written: Written, *, as_json: bool) -> None:
    console = TerminalConsole()
    for line in written.found:
        console.note(line)
    for problem in written.problems:
        console.warn(problem)
    if as_json:
        print_json(written.as_json())
        return
    path = Path(os.path.relpath(written.path, ROOT))
    console.facts([("Written", str(path)), ("Next", f"python -m wrapper apply {written.environment}")])


COMMANDS = (init, add)

"""The command that runs another one in a task."""

from collections.abc import Sequence

import click

from wrapper.cli.complete import services
from wrapper.cli.options import command_of, environment_argument, set_option
from wrapper.delivery.site import require
from wrapper.environment.lookup import service_of
from wrapper.verbs.exec import execute

_SHELL = ("/bin/sh",)


@click.command("exec")
@environment_argument
@click.argument("service", shell_complete=services)
@click.argument("words", metavar="[-- COMMAND...]", nargs=-1, type=click.UNPROCESSED)
@set_option
@click.option("--task", metavar="ID", help="Task, by its id or the beginning of it; the newest by default")
@click.option("--container", metavar="NAME", help="Container; the service's own by default")
@click.pass_context
def execute_command(
    context: click.Context,
    environment: str,
    service: str,
    words: Sequence[str],
    overrides: Sequence[str],
    task: str | None,
    container: str | None,
) -> None:
    """Run COMMAND, or a shell, in a task of SERVICE"""
    command = command_of(environment, overrides)
    service_of(command.environment, service, command="exec")
    context.exit(execute(require(command), service, words or _SHELL, task=task, container=container))


COMMANDS = (execute_command,)

"""The command that lists the environments."""

import click

from wrapper.cli.complete import environments
from wrapper.cli.options import ROOT, command_of, json_option, print_json, show_table
from wrapper.console import TerminalConsole
from wrapper.delivery.site import enter
from wrapper.environment import names
from wrapper.errors import WrapperError
from wrapper.verbs.list import HEADINGS, Entry, of_aws, of_sandbox


@click.command("list")
@click.argument("environment", required=False, shell_complete=environments)
@json_option
def list_environments(environment: str | None, as_json: bool) -> None:
    """List the environments, their previews, and which of them exist"""
    if environment:
        found = _entries(environment)
    else:
        console = TerminalConsole()
        found = []
        for name in names(ROOT / "environments"):
            try:
                found += _entries(name)
            except WrapperError as error:  # the other environments are printed all the same
                console.warn(f"{name}: {error.message}")
    if as_json:
        print_json([each.as_json() for each in found])
    else:
        show_table([HEADINGS, *(each.row() for each in found)])


def _entries(name: str) -> list[Entry]:
    command = command_of(name, ())
    if command.environment.target == "sandbox":
        return list(of_sandbox(command.environment, root=ROOT))
    return list(of_aws(command.environment, enter(command).aws))


COMMANDS = (list_environments,)

"""The command that creates what an account has once."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from wrapper.cli.options import (
    command_of,
    environment_argument,
    json_option,
    print_json,
    set_option,
    yes_option,
)
from wrapper.console import TerminalConsole
from wrapper.verbs import account as standing


@click.command()
@environment_argument
@set_option
@yes_option
@json_option
def account(environment: str, overrides: Sequence[str], yes: bool, as_json: bool) -> None:
    """Create what the environment's account has once"""
    console = TerminalConsole(assume_yes=yes)
    found = standing.apply(command_of(environment, overrides, console=console))
    if as_json:
        print_json(asdict(found))
    else:
        console.facts(found.rows())


COMMANDS = (account,)

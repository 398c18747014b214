"""The command that lets GitHub's workflows deploy."""

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
from wrapper.verbs import github as roles


@click.command()
@environment_argument
@set_option
@yes_option
@json_option
def github(environment: str, overrides: Sequence[str], yes: bool, as_json: bool) -> None:
    """Create the roles that the repository's workflows assume"""
    console = TerminalConsole(assume_yes=yes)
    made = roles.apply(command_of(environment, overrides, console=console))
    if as_json:
        print_json(asdict(made))
    else:
        console.facts(made.rows())


COMMANDS = (github,)

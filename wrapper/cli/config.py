"""The command that prints what an environment file means."""

from collections.abc import Sequence

import click

from wrapper.cli.options import (
    ROOT,
    environment_argument,
    json_option,
    preview_of_run,
    print_json,
    set_option,
)
from wrapper.console import TerminalConsole
from wrapper.environment import Setting, explain
from wrapper.verbs import config as view


@click.command()
@environment_argument
@set_option
@json_option
def config(environment: str, overrides: Sequence[str], as_json: bool) -> None:
    """Print every key's value, its source and its meaning"""
    settings = explain(
        environment, directory=ROOT / "environments", overrides=overrides, preview=preview_of_run()
    )
    if as_json:
        print_json(view.as_json(settings))
        return
    show(settings)


def show(settings: Sequence[Setting]) -> None:
    """Print each setting with its meaning; lines that only repeat defaults are dim."""
    console = TerminalConsole()
    for line in view.lines(settings):
        for each in line.folded(console.columns):
            console.say(each, dim=line.quiet)


COMMANDS = (config,)

"""The command that prints the script for shell completion."""

import click

from wrapper.cli.complete import SHELLS, script


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that makes `wrapper` a command of SHELL"""
    click.echo(script(shell), nl=False)


COMMANDS = (completion,)

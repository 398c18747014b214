"""The commands that apply and destroy an environment."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from wrapper.cli import summary
from wrapper.cli.options import (
    allow_option,
    command_of,
    console_of,
    environment_argument,
    json_option,
    print_json,
    removal_of,
    set_option,
    show_applied,
    tell,
    yes_option,
)
from wrapper.verbs.apply import apply as apply_environment
from wrapper.verbs.apply_saved import apply_saved
from wrapper.verbs.destroy import destroy as destroy_environment
from wrapper.verbs.unlock import clear


@click.command()
@environment_argument
@set_option
@allow_option
@yes_option
@json_option
@click.option(
    "--plan",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Apply exactly the plan that plan --out saved here",
)
def apply(
    environment: str,
    overrides: Sequence[str],
    allowed: Sequence[str],
    yes: bool,
    as_json: bool,
    folder: Path | None,
) -> None:
    """Apply the environment and check that it answers"""
    console = console_of(yes=yes)
    command = command_of(environment, overrides, allowed=allowed, console=console)
    outcome = apply_saved(command, folder) if folder else apply_environment(command)
    show_applied(outcome, console, as_json=as_json)
    called = command.environment.called.split()
    summary.tell_success(outcome.rows(), ["python", "-m", "wrapper", "apply", *called])


@click.command()
@environment_argument
@set_option
@yes_option
@json_option
@click.option("--keep-data", is_flag=True, help="Keep the images and the models")
@click.option("--force", is_flag=True, help="Also destroy an environment that is not disposable")
def destroy(
    environment: str, overrides: Sequence[str], yes: bool, as_json: bool, keep_data: bool, force: bool
) -> None:
    """Destroy the environment and prove that nothing is left"""
    outcome = destroy_environment(
        removal_of(environment, overrides, yes=yes), keep_data=keep_data, force=force
    )
    if as_json:
        print_json(outcome.as_json())
    else:
        tell(outcome.text())
    outcome.raise_unless_good()


@click.command()
@environment_argument
@set_option
@yes_option
@json_option
def unlock(environment: str, overrides: Sequence[str], yes: bool, as_json: bool) -> None:
    """Remove the lock that a killed run left on the state"""
    command = command_of(environment, overrides, yes=yes)
    found = clear(command)
    if as_json:
        print_json([asdict(lock) for lock in found.cleared])
    else:
        for lock in found.cleared:
            tell(f"cleared: {lock}")
        if not (found.cleared or found.kept):
            tell(f"{command.environment.name}: there is no lock")
    found.raise_unless_done()


COMMANDS = (apply, destroy, unlock)

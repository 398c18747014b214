"""The commands about earlier deployments: list them, roll back, promote."""

from collections.abc import Sequence
from dataclasses import replace

import click

from wrapper.cli.complete import environments
from wrapper.cli.options import (
    allow_option,
    as_option,
    command_of,
    console_of,
    environment_argument,
    json_option,
    print_json,
    set_option,
    show_applied,
    show_table,
    tell,
    yes_option,
)
from wrapper.verbs.promote import promote as promote_release
from wrapper.verbs.releases import list_releases
from wrapper.verbs.rollback import rollback as rollback_environment

# The columns that a narrow terminal drops, in this order.
SPARE = ("WHO", "COMMIT", "IMAGE", "NOTE", "MODEL", "WHEN")


@click.command()
@environment_argument
@click.argument("release", required=False, type=click.IntRange(min=1))
@set_option
@allow_option
@yes_option
@json_option
def rollback(
    environment: str,
    release: int | None,
    overrides: Sequence[str],
    allowed: Sequence[str],
    yes: bool,
    as_json: bool,
) -> None:
    """Roll back to RELEASE, or to the last good one"""
    console = console_of(yes=yes)
    command = command_of(environment, overrides, allowed=allowed, console=console)
    show_applied(rollback_environment(command, release), console, as_json=as_json)


@click.command()
@click.argument("source", shell_complete=environments)
@click.argument("target", shell_complete=environments)
@as_option
@set_option
@allow_option
@yes_option
@json_option
@click.option("--release", type=click.IntRange(min=1), help="Release of SOURCE (default: the one that runs)")
@click.option(
    "--source-profile", metavar="NAME", help="AWS profile for SOURCE's account, if it is another account"
)
def promote(
    source: str,
    target: str,
    overrides: Sequence[str],
    allowed: Sequence[str],
    yes: bool,
    as_json: bool,
    release: int | None,
    source_profile: str | None,
) -> None:
    """Run in TARGET what SOURCE has verified, without a new build"""
    console = console_of(yes=yes)
    origin = replace(command_of(source, (), console=console, is_preview=False), profile=source_profile)
    command = command_of(target, overrides, allowed=allowed, console=console)
    show_applied(promote_release(origin, command, number=release), console, as_json=as_json)


@click.command()
@environment_argument
@set_option
@json_option
@click.option("--limit", "-n", default=20, show_default=True, help="How many of the newest releases")
def releases(environment: str, overrides: Sequence[str], as_json: bool, limit: int) -> None:
    """List the verified deployments, newest first"""
    command = command_of(environment, overrides)
    listing = list_releases(command, limit=limit)
    if as_json:
        print_json(listing.as_json())
    elif listing.releases:
        show_table(listing.rows(), spare=SPARE)
    else:
        tell(f"{command.environment.name}: there is no release yet")


COMMANDS = (releases, rollback, promote)

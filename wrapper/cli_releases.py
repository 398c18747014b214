"""The commands about what was deployed before: list it, go back to it."""

from collections.abc import Sequence

import click

from wrapper.options import aligned, environment_argument, job_of, json_option, print_json, set_option
from wrapper.releases import list_releases


@click.command()
@environment_argument
@set_option
@json_option
@click.option("--limit", "-n", default=20, show_default=True, help="How many of the newest ones")
def releases(environment: str, overrides: Sequence[str], as_json: bool, limit: int) -> None:
    """List the verified deployments, newest first"""
    listing = list_releases(job_of(environment, overrides), limit=limit)
    if as_json:
        print_json(listing.as_json())
    elif listing.releases:
        click.echo(aligned(listing.rows()))
    else:
        click.echo(f"{environment}: there is no release yet")

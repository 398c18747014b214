"""The command that starts a job by hand."""

from collections.abc import Sequence

import click

from wrapper.cli.complete import jobs
from wrapper.cli.options import (
    command_of,
    environment_argument,
    json_option,
    print_json,
    quote,
    set_option,
    tell,
)
from wrapper.delivery.site import require
from wrapper.environment.lookup import job_of as declared_job
from wrapper.verbs.run import run as run_job


@click.command()
@environment_argument
@click.argument("job_name", metavar="JOB", shell_complete=jobs)
@set_option
@json_option
@click.option(
    "--env",
    "-e",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set an environment variable of the job; may be repeated",
)
@click.option("--no-wait", is_flag=True, help="Start it without waiting for its end")
def run(
    environment: str,
    job_name: str,
    overrides: Sequence[str],
    as_json: bool,
    variables: Sequence[str],
    no_wait: bool,
) -> None:
    """Start JOB now, print its log and how it ends"""
    told = dict(map(_pair, variables))
    command = command_of(environment, overrides)
    declared_job(command.environment, job_name, command="run")
    done = run_job(
        require(command),
        job_name,
        variables=told,
        wait=not no_wait,
        said=lambda line: quote(str(line), err=as_json),
    )
    if as_json:
        print_json(done.as_json())
    else:
        tell(done.text())


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not (found and name):
        raise click.BadParameter(f"{text!r} must be NAME=VALUE", param_hint="--env")
    return name, value


COMMANDS = (run,)

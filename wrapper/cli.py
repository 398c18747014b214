"""The commands: parse and dispatch. `boundary` turns errors into words and exit codes."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from wrapper import (
    boundary,
    cli_completion,
    cli_config,
    cli_exec,
    cli_github,
    cli_jobs,
    cli_operations,
    cli_plans,
    cli_releases,
    cli_sandbox,
    cli_scaling,
    cli_status,
    deploy,
    exactly,
    locks,
    summary,
)
from wrapper.completion import environments
from wrapper.console import TerminalConsole
from wrapper.destroy import destroy as destroy_environment
from wrapper.doctor import diagnose
from wrapper.errors import PreconditionError
from wrapper.ground import require
from wrapper.model import repoint
from wrapper.options import (
    ROOT,
    Program,
    allow_option,
    environment_argument,
    environment_of,
    failure_as_json,
    job_of,
    json_option,
    print_json,
    set_option,
    yes_option,
)


@click.group(cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an unexpected error")
def main() -> None:
    """Put an HTTP model on ECS Fargate, prove that it answers, take it down to nothing."""


@main.command()
@environment_argument
@set_option
@allow_option
@yes_option
@json_option
@click.option(
    "--plan",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Apply exactly what plan --out has saved here",
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
    console = TerminalConsole(assume_yes=yes)
    with failure_as_json(console, wanted=as_json):
        job = job_of(environment, overrides, allowed=allowed, console=console)
        outcome = exactly.apply_saved(job, folder) if folder else deploy.apply(job)
    if as_json:
        print_json(outcome.as_json() | {"steps": console.steps})
    else:
        console.facts(outcome.rows())
    outcome.raise_unless_good()
    summary.tell_success(outcome.rows(), ["python", "-m", "wrapper", "apply", environment])


@main.command()
@environment_argument
@set_option
@yes_option
@json_option
@click.option("--keep-data", is_flag=True, help="Keep the images and the models")
@click.option("--force", is_flag=True, help="Destroy an environment that is not disposable, too")
def destroy(
    environment: str, overrides: Sequence[str], yes: bool, as_json: bool, keep_data: bool, force: bool
) -> None:
    """Destroy the environment and prove that nothing is left"""
    outcome = destroy_environment(job_of(environment, overrides, yes=yes), keep_data=keep_data, force=force)
    if as_json:
        print_json(outcome.as_json())
    else:
        click.echo(outcome.text())
    outcome.raise_unless_good()


@main.command()
@environment_argument
@set_option
@yes_option
@json_option
def unlock(environment: str, overrides: Sequence[str], yes: bool, as_json: bool) -> None:
    """Clear the lock that a killed run left on the state"""
    cleared = locks.clear(job_of(environment, overrides, yes=yes))
    if as_json:
        print_json([asdict(lock) for lock in cleared])
        return
    for lock in cleared:
        click.echo(f"cleared: {lock}")
    if not cleared:
        click.echo(f"{environment}: no lock was cleared")


@main.group()
def model() -> None:
    """Publish models"""


@model.command("publish")
@environment_argument
@click.argument("source", metavar="PATH|s3://…")
@set_option
@yes_option
@json_option
def publish_model(environment: str, source: str, overrides: Sequence[str], yes: bool, as_json: bool) -> None:
    """Put a trained model into the environment's bucket"""
    published = deploy.publish_model(job_of(environment, overrides, yes=yes), source)
    if as_json:
        print_json(asdict(published))
    else:
        click.echo(f"{published.label} sha256 {published.sha256}")


@model.command("point")
@environment_argument
@click.argument("version", metavar="NAME/VERSION")
@set_option
@json_option
def point_model(environment: str, version: str, overrides: Sequence[str], as_json: bool) -> None:
    """Let services that follow a model serve a published version"""
    name, found, wanted = version.partition("/")
    if not (name and found and wanted):
        raise click.BadParameter(f"{version!r} must be NAME/VERSION", param_hint="NAME/VERSION")
    ground = require(job_of(environment, overrides))
    pointed = repoint(ground.aws, bucket=ground.job.environment.model_bucket, name=name, version=wanted)
    if as_json:
        print_json(asdict(pointed))
    else:
        click.echo(f"followers of {name} serve {pointed.label} within seconds")


@main.command()
@click.argument("environment", required=False, shell_complete=environments)
@set_option
@json_option
@click.pass_context
def doctor(context: click.Context, environment: str | None, overrides: Sequence[str], as_json: bool) -> None:
    """Check the tools, the credentials and the sandbox"""
    checks = diagnose(environment_of(environment, overrides) if environment else None, root=ROOT)
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        TerminalConsole().table(
            ("", "CHECK", "FOUND", "FIX"), [(c.status, c.name, c.detail, c.fix or "") for c in checks]
        )
    if any(check.status == "fail" for check in checks):
        context.exit(PreconditionError.exit_code)


for command in (*cli_operations.COMMANDS, *cli_jobs.COMMANDS, *cli_plans.COMMANDS):
    main.add_command(command)
for command in cli_scaling.COMMANDS:
    main.add_command(command)
main.add_command(cli_completion.completion)
main.add_command(cli_config.config)
main.add_command(cli_exec.execute_command)
main.add_command(cli_status.status)
main.add_command(cli_releases.releases)
main.add_command(cli_releases.rollback)
main.add_command(cli_releases.promote)
main.add_command(cli_github.github)
main.add_command(cli_sandbox.sandbox_group)


def run() -> None:
    boundary.guard(main)

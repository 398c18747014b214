"""The command that checks the machine."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from wrapper.cli.complete import environments
from wrapper.cli.options import (
    ROOT,
    as_option,
    environment_of,
    json_option,
    preview_of_run,
    print_json,
    set_option,
)
from wrapper.console import TerminalConsole
from wrapper.errors import PreconditionError
from wrapper.verbs.doctor import Check, diagnose


@click.command()
@click.argument("environment", required=False, shell_complete=environments)
@as_option
@set_option
@json_option
@click.pass_context
def doctor(context: click.Context, environment: str | None, overrides: Sequence[str], as_json: bool) -> None:
    """Check the tools, the credentials and the sandbox"""
    chosen = environment_of(environment, overrides, preview=preview_of_run()) if environment else None
    checks = diagnose(chosen, root=ROOT)
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        show(checks)
    if any(check.status == "fail" for check in checks):
        context.exit(PreconditionError.exit_code)


def show(checks: Sequence[Check]) -> None:
    """Print a line for each check, and below it how to fix a failure."""
    rows = [("", "CHECK", "FOUND"), *(row for check in checks for row in _rows(check))]
    TerminalConsole().table(rows, sentences=True)


def _rows(check: Check) -> Iterator[tuple[str, str, str]]:
    yield check.status, check.name, check.detail
    if check.fix:
        yield "", "", f"fix: {check.fix}"


COMMANDS = (doctor,)

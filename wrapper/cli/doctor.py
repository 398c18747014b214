"""The command that looks at the machine."""

from collections.abc import Sequence
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
from wrapper.verbs.doctor import diagnose


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
        TerminalConsole().table(
            ("", "CHECK", "FOUND", "FIX"), [(c.status, c.name, c.detail, c.fix or "") for c in checks]
        )
    if any(check.status == "fail" for check in checks):
        context.exit(PreconditionError.exit_code)


COMMANDS = (doctor,)

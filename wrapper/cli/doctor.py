"""The command that looks at the machine."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from wrapper.cli.complete import environments
from wrapper.cli.options import ROOT, environment_of, json_option, print_json, set_option
from wrapper.console import TerminalConsole
from wrapper.errors import PreconditionError
from wrapper.verbs.doctor import diagnose


@click.command()
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


COMMANDS = (doctor,)

"""The command before the first apply on AWS."""

from collections.abc import Sequence
from pathlib import Path

import click

from wrapper.cli.options import (
    ROOT,
    command_of,
    console_of,
    environment_argument,
    json_option,
    print_json,
    set_option,
)
from wrapper.console import TerminalConsole
from wrapper.sandbox.ports import free_ports
from wrapper.verbs.rehearse import Rehearsed, Verdict
from wrapper.verbs.rehearse import rehearse as rehearse_environment

# Where the npm package that judges permissions is installed, once per clone.
_EVALUATOR = ROOT / ".wrapper" / "evaluator"


@click.command()
@environment_argument
@set_option
@json_option
@click.option("--port", type=int, help="Port of its AWS emulator; any free one by default")
@click.option("--alb-port", type=int, help="Port of its load balancer; any free one by default")
def rehearse(
    environment: str, overrides: Sequence[str], as_json: bool, port: int | None, alb_port: int | None
) -> None:
    """Try an AWS environment in a sandbox: apply, judge, destroy"""
    console = console_of(yes=True)
    free = free_ports()
    outcome = rehearse_environment(
        command_of(environment, overrides, console=console),
        port=port or free[0],
        alb_port=alb_port or free[1],
        judge=_judge,
    )
    if as_json:
        print_json(outcome.as_json() | {"steps": console.steps})
    else:
        show(outcome)
    outcome.raise_unless_good()


def show(outcome: Rehearsed) -> None:
    """Print the verdict, a line for each proof with its problems, and what was not proven."""
    console = TerminalConsole()
    console.sentences(outcome.verdict)
    console.table(outcome.rows(), spare=("SECONDS",), sentences=True)
    console.say("")
    console.sentences(outcome.remarks())


def _judge(recording: Path, permissions: bool) -> Verdict:
    # Imported late: it takes a while, which other commands need not wait for.
    from wrapper.aws.judge.judgement import judge

    return judge(recording, tools=_EVALUATOR if permissions else None)


COMMANDS = (rehearse,)

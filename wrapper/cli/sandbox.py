"""The commands about the AWS emulator of an environment."""

import shlex
from collections.abc import Sequence
from dataclasses import asdict

import click

from wrapper import sandbox
from wrapper.cli.complete import environments
from wrapper.cli.options import (
    ROOT,
    Decorated,
    as_option,
    command_of,
    json_option,
    print_json,
    quote,
    set_option,
    show_facts,
    tell,
)
from wrapper.delivery.site import Command
from wrapper.delivery.sources import runtime_of
from wrapper.errors import PreconditionError
from wrapper.sandbox.actions import actions


def _sandbox_environment(command: Decorated) -> Decorated:
    return click.argument("environment", default="dev", shell_complete=environments)(as_option(command))


@click.group("sandbox")
def sandbox_group() -> None:
    """Start, stop and inspect the AWS emulator of an environment"""


@sandbox_group.command("up")
@_sandbox_environment
@set_option
@json_option
def sandbox_up(environment: str, overrides: Sequence[str], as_json: bool) -> None:
    """Start the sandbox, if it is not running"""
    command = _sandbox_command(environment, overrides)
    with command.console.step("Start the sandbox") as step:
        runtime = runtime_of(command.environment, root=ROOT)
        running = sandbox.up(command.environment, root=ROOT, progress=step.progress, runtime=runtime)
    if as_json:
        print_json(running.as_json())
    else:
        show(running, f"{command.environment.name}: running, pid {running.pid}")


@sandbox_group.command("status")
@_sandbox_environment
@set_option
@json_option
@click.pass_context
def sandbox_status(context: click.Context, environment: str, overrides: Sequence[str], as_json: bool) -> None:
    """Show whether the sandbox runs, and where"""
    command = _sandbox_command(environment, overrides)
    found = sandbox.status(command.environment, root=ROOT)
    if as_json:
        print_json(asdict(found) | {"sandbox": found.sandbox.as_json()} if found else None)
    elif found:
        running = found.sandbox
        state = "running" if found.answers else "not answering"
        tasks = "1 task process" if found.tasks == 1 else f"{found.tasks} task processes"
        show(
            running,
            f"{command.environment.name}: {state}, pid {running.pid}, {tasks}, {found.memory_mib} MiB",
        )
    else:
        tell(f"{command.environment.name}: not running")
    if not found:
        context.exit(1)


@sandbox_group.command("down")
@_sandbox_environment
@set_option
@json_option
def sandbox_down(environment: str, overrides: Sequence[str], as_json: bool) -> None:
    """Stop the sandbox; everything in it is deleted"""
    command = _sandbox_command(environment, overrides)
    stopped = sandbox.down(command.environment, root=ROOT)
    if as_json:
        print_json({"environment": command.environment.name, "stopped": stopped})
    else:
        tell(f"{command.environment.name}: {'stopped' if stopped else 'was not running'}")


@sandbox_group.command("logs")
@_sandbox_environment
@set_option
@click.option("--lines", "-n", default=100, show_default=True, help="How many lines, from the end")
def sandbox_logs(environment: str, overrides: Sequence[str], lines: int) -> None:
    """Print the emulator's own log"""
    for line in sandbox.logs(_sandbox_command(environment, overrides).environment, root=ROOT, lines=lines):
        quote(line)


@sandbox_group.command("calls")
@_sandbox_environment
@set_option
@json_option
def sandbox_calls(environment: str, overrides: Sequence[str], as_json: bool) -> None:
    """List the IAM actions behind all calls since the sandbox's start"""
    command = _sandbox_command(environment, overrides)
    seen = sorted(actions(command.environment, root=ROOT))
    if as_json:
        print_json(seen)
    elif seen:
        quote("\n".join(seen))
    else:
        tell(f"{command.environment.name}: nothing was called yet")


def _sandbox_command(name: str, overrides: Sequence[str]) -> Command:
    command = command_of(name, overrides)
    if command.environment.target != "sandbox":
        raise PreconditionError(
            f"{name} must have target sandbox to have a sandbox, got target {command.environment.target}."
        )
    return command


def show(running: sandbox.Sandbox, verdict: str) -> None:
    """Print how it is, where it answers, and what leads the AWS CLI to it: lines to be copied whole."""
    tell(verdict)
    show_facts(
        [
            ("AWS API", running.endpoint_url),
            ("Load balancer", running.alb_url),
            ("Tasks", running.runtime),
            ("Log", str(running.log)),
        ]
    )
    tell("To call it with the AWS CLI or an SDK:")
    for line in exports(running):
        quote(f"  {line}")


def exports(running: sandbox.Sandbox) -> list[str]:
    """Return the lines of a shell that lead the AWS CLI, or any SDK, to a sandbox."""
    variables = {
        "AWS_ENDPOINT_URL": running.endpoint_url,
        "AWS_SHARED_CREDENTIALS_FILE": str(running.credentials_file),
        "AWS_DEFAULT_REGION": running.region,
    }
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


COMMANDS = (sandbox_group,)

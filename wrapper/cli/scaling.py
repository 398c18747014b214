"""The commands that set how many tasks run: any number within the limits, none, and as before."""

from collections.abc import Sequence
from dataclasses import asdict

import click

from wrapper.cli.complete import services
from wrapper.cli.options import command_of, environment_argument, json_option, print_json, set_option, tell
from wrapper.delivery.site import require
from wrapper.environment.lookup import service_of
from wrapper.verbs.pause import Moved
from wrapper.verbs.pause import pause as pause_services
from wrapper.verbs.pause import resume as resume_services
from wrapper.verbs.scale import refuse_beyond_limits
from wrapper.verbs.scale import scale as scale_service

_service_argument = click.argument("service", required=False, shell_complete=services)


@click.command()
@environment_argument
@click.argument("service", shell_complete=services)
@click.argument("count", metavar="N", type=click.IntRange(min=0))
@set_option
@json_option
def scale(environment: str, service: str, count: int, overrides: Sequence[str], as_json: bool) -> None:
    """Set how many tasks of SERVICE run, and wait for them"""
    command = command_of(environment, overrides)
    refuse_beyond_limits(command.environment, service, count)
    before = scale_service(require(command), service, count)
    _tell([Moved(service=service, before=before, after=count)], as_json)


@click.command()
@environment_argument
@_service_argument
@set_option
@json_option
def pause(environment: str, service: str | None, overrides: Sequence[str], as_json: bool) -> None:
    """Stop all tasks of SERVICE, or of all services, until resume"""
    command = command_of(environment, overrides)
    if service:
        service_of(command.environment, service, command="pause")
    _tell(pause_services(require(command), service), as_json)


@click.command()
@environment_argument
@_service_argument
@set_option
@json_option
def resume(environment: str, service: str | None, overrides: Sequence[str], as_json: bool) -> None:
    """Start the tasks that pause has stopped"""
    command = command_of(environment, overrides)
    if service:
        service_of(command.environment, service, command="resume")
    moved = resume_services(require(command), service)
    _tell(moved, as_json)
    if not moved and not as_json:
        tell(f"{command.environment.name}: nothing is paused")


COMMANDS = (scale, pause, resume)


def _tell(moved: Sequence[Moved], as_json: bool) -> None:
    if as_json:
        print_json([asdict(each) for each in moved])
        return
    for each in moved:
        tell(f"{each.service}: {each.after} tasks, {each.before} before")

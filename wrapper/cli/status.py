"""The command that shows what runs, once or repeatedly."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.live import Live
from rich.text import Text

from wrapper.cli.options import (
    command_of,
    environment_argument,
    json_option,
    print_json,
    quote,
    set_option,
)
from wrapper.cli.watching import looks, until_interrupted
from wrapper.console import TerminalConsole, layout, printable
from wrapper.delivery.site import Site, require
from wrapper.errors import ConfigError, WrapperError
from wrapper.verbs.status import Measures, Status
from wrapper.verbs.status import status as look
from wrapper.verbs.status_page import gather, html, priced

WATCH_SECONDS = 2.0
# The columns that a narrow terminal drops, in this order.
SPARE = ("IMAGE", "MODEL", "TARGETS", "ALARMS", "P95", "ERRORS", "RATE")
SPARE_OF_TASKS = ("ADDRESS", "SERVICE", "AGE")
SPARE_OF_JOBS = ("TASK", "AGE")


@click.command()
@environment_argument
@set_option
@json_option
@click.option("--watch", "-w", is_flag=True, help="Refresh every 2 s until Ctrl-C")
@click.option(
    "--html",
    "file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a page with the last hour's metrics to this file",
)
def status(environment: str, overrides: Sequence[str], as_json: bool, watch: bool, file: Path | None) -> None:
    """Show services, tasks, targets and the last release"""
    if file and (watch or as_json):
        raise click.UsageError("--html cannot be used with --watch or --json: it is another output.")
    site = require(command_of(environment, overrides))
    if file:
        _write(file, html(gather(site, priced(site))))
    elif watch:
        with until_interrupted():
            _watch(site, as_json=as_json)
    elif as_json:
        print_json(look(site).as_json())
    else:
        show(look(site))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            "--html", [f"{file} must be a file that can be written ({error.strerror})."]
        ) from None
    quote(str(file))


def _watch(site: Site, *, as_json: bool) -> None:
    """Refresh the table in place on a terminal; elsewhere print it, or one JSON object, at each refresh."""
    measures = Measures(site)
    found = looks(lambda: look(site, measures), seconds=WATCH_SECONDS)
    if as_json:
        for each in found:
            click.echo(json.dumps(each.as_json(), default=str))
    elif sys.stdout.isatty():
        with Live(auto_refresh=False) as view:
            for each in found:
                view.update(Text("\n").join(_seen(each, layout.columns_of(sys.stdout))), refresh=True)
    else:
        for each in found:
            TerminalConsole().lines([*_seen(each, None), Text("")])


def _seen(found: Status | WrapperError, width: int | None) -> list[Text]:
    if isinstance(found, WrapperError):
        return layout.hung(Text(printable(f"error: {found.message}")), width=width, hang=2)
    return laid_out(found, width=width)


def show(found: Status) -> None:
    """Print the status once."""
    console = TerminalConsole()
    console.lines(laid_out(found, width=console.columns))


def laid_out(found: Status, *, width: int | None) -> list[Text]:
    """Return the facts, then one table each for services, tasks and jobs; `width` is as in `layout`."""
    lines = layout.facts(found.facts(), width=width)
    for rows, spare in (
        (found.rows(), SPARE),
        (found.task_rows(), SPARE_OF_TASKS),
        (found.job_rows() if found.jobs else [], SPARE_OF_JOBS),
    ):
        if rows:
            lines += [Text(""), *layout.table(rows, width=width, spare=spare)]
    return lines


COMMANDS = (status,)

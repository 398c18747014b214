"""The commands for what is deployed: logs, outputs, smoke test, verify, cost.

None of them plans or applies.
"""

import json
import os
import sys
import time
import webbrowser
from collections.abc import Sequence

import click
from rich.text import Text

from wrapper.cli.complete import services_and_jobs
from wrapper.cli.options import (
    command_of,
    environment_argument,
    json_option,
    print_json,
    quote,
    set_option,
    show_facts,
    show_table,
)
from wrapper.cli.watching import until_interrupted
from wrapper.console import TerminalConsole, layout
from wrapper.delivery.rules import refuse_what_aws_would
from wrapper.delivery.site import Site, require
from wrapper.delivery.verify import Report
from wrapper.delivery.verify import verify as look_ahead
from wrapper.environment.lookup import refuse_unknown
from wrapper.verbs.cost import DeployedCost, deployed_cost
from wrapper.verbs.logs import lines
from wrapper.verbs.output import flat, outputs_of, page_of
from wrapper.verbs.smoke import check_up
from wrapper.verbs.status import Measures
from wrapper.verbs.status_page import Renewed, gather, html, priced, serve

STATUS_SECONDS = 5.0
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@click.command()
@environment_argument
@click.argument("service", metavar="[SERVICE|JOB]", required=False, shell_complete=services_and_jobs)
@set_option
@click.option("--follow", "-f", is_flag=True, help="Follow: print new lines until Ctrl-C")
@click.option("--since", default="10m", show_default=True, help="How far back, such as 30s, 10m, 2h, 1d")
@click.option("--grep", metavar="TEXT", help="Only lines that contain this text")
@click.option("--json", "as_json", is_flag=True, help="Print each line as a JSON object")
def logs(
    environment: str,
    service: str | None,
    overrides: Sequence[str],
    follow: bool,
    since: str,
    grep: str | None,
    as_json: bool,
) -> None:
    """Print the logs of a service or job"""
    seconds = _seconds(since)
    command = command_of(environment, overrides)
    if service is not None:
        refuse_unknown(command.environment, service, command="logs")
    found = lines(
        require(command),
        services=[service] if service else [*command.environment.services, *command.environment.jobs],
        since_seconds=seconds,
        grep=grep,
        follow=follow,
    )
    line = None
    with until_interrupted():
        for line in found:
            quote(json.dumps(line.as_json()) if as_json else str(line))
    if line is None:
        command.console.note(f"No line matches in the last {since}.")


@click.command()
@environment_argument
@set_option
@json_option
def output(environment: str, overrides: Sequence[str], as_json: bool) -> None:
    """Print the outputs of the last apply: URL, names, ARNs"""
    outputs = outputs_of(require(command_of(environment, overrides)))
    if as_json:
        print_json(outputs)
    else:
        show_facts(list(flat(outputs)))


@click.command("open")
@environment_argument
@set_option
@click.option("--status", "is_status", is_flag=True, help="Serve the status page until Ctrl-C")
def open_page(environment: str, overrides: Sequence[str], is_status: bool) -> None:
    """Print the URL, and open it if there is a browser"""
    site = require(command_of(environment, overrides))
    if is_status:
        _serve_status(site)
    else:
        _open(page_of(site))


def _open(page: str) -> None:
    quote(page)
    if _has_browser():
        webbrowser.open(page)


def _serve_status(site: Site) -> None:
    """Serve a page on loopback and keep it current; the cost is computed once."""
    cost, measures = priced(site), Measures(site)
    page = Renewed(
        lambda: html(gather(site, cost, measures), every_seconds=STATUS_SECONDS), seconds=STATUS_SECONDS / 2
    )
    page()  # if nothing can be shown, that is an error of this command
    with until_interrupted(), serve(page) as url:
        _open(url)
        while True:
            time.sleep(3600)


@click.command()
@environment_argument
@set_option
@json_option
def smoke(environment: str, overrides: Sequence[str], as_json: bool) -> None:
    """Check that the deployed services answer as they should"""
    found = check_up(command_of(environment, overrides))
    if as_json:
        print_json(found.as_json())
    else:
        show_table(found.rows(), sentences=True)
    found.raise_unless_good()


@click.command()
@environment_argument
@set_option
@json_option
def verify(environment: str, overrides: Sequence[str], as_json: bool) -> None:
    """Check that what an apply requires and does not create exists"""
    command = command_of(environment, overrides)
    refuse_what_aws_would(command)
    report = look_ahead(require(command))
    if as_json:
        print_json(report.as_json())
    else:
        show_verified(report)
    report.raise_unless_good()


def show_verified(report: Report) -> None:
    """Print the verdict, and a line for each check with what helps below it."""
    console = TerminalConsole()
    console.sentences(report.verdict)
    console.table(report.rows(), sentences=True)


@click.command()
@environment_argument
@set_option
@json_option
def cost(environment: str, overrides: Sequence[str], as_json: bool) -> None:
    """Estimate the cost of what is deployed, in US dollars a month"""
    found = deployed_cost(require(command_of(environment, overrides)))
    if as_json:
        print_json(found.as_json())
    else:
        show_cost(found)


def show_cost(found: DeployedCost) -> None:
    """Print a line for each resource, and the assumptions of the estimate."""
    console = TerminalConsole()
    console.lines(cost_lines(found, width=console.columns))
    console.say("")
    for remark in found.remarks():
        console.sentences(remark)


def cost_lines(found: DeployedCost, *, width: int | None) -> list[Text]:
    """Return a line for each resource. `width` is as in `layout`."""
    rows = found.rows()
    if width is not None:
        # An address leaves no room for a third column.
        rows = [(amount, f"{name}  {how}".rstrip()) for amount, name, how in rows]
    return layout.table(rows, width=width, sentences=True)


COMMANDS = (cost, logs, output, open_page, smoke, verify)


def _seconds(text: str) -> float:
    number, unit = text[:-1], text[-1:]
    if not number.isdecimal() or unit not in _UNITS:
        raise click.BadParameter(
            f"{text!r} must be a number and one of s, m, h, d, such as 10m", param_hint="--since"
        )
    return int(number) * _UNITS[unit]


def _has_browser() -> bool:
    """Return whether a graphical browser can open here: one in the terminal would be in the way."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True

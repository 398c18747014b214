"""What the commands share: options, environments with their previews, tables."""

import json
import os
from collections.abc import Callable, Sequence
from copy import copy
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import click

from wrapper.aws.client import Caller
from wrapper.cli import complete
from wrapper.console import TerminalConsole, printable
from wrapper.delivery.applied import Applied
from wrapper.delivery.site import Command
from wrapper.environment import Environment, Preview, free_ports, load, load_sound, rule_named
from wrapper.errors import ConfigError, WrapperError
from wrapper.sandbox.discovery import known_ports, ports_in_use
from wrapper.sandbox.settings import CALLER

ROOT = Path(__file__).resolve().parents[2]

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
# Key of click's context for the name of the preview that this run works on.
_AS = "wrapper.as"
yes_option = click.option("--yes", "-y", is_flag=True, help="Agree to every question")
# Keys for `Program`: whether JSON is requested, and whether some was printed.
_WANTED, _TOLD = "wrapper.json.wanted", "wrapper.json.told"
# The console whose steps are part of the output, also after an error.
_CONSOLE = "wrapper.console"


def _note_json(context: click.Context, parameter: click.Parameter, value: bool) -> bool:
    context.meta[_WANTED] = value
    return value


def _note_preview(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    context.meta[_AS] = value


as_option = click.option(
    "--as",
    metavar="NAME",
    expose_value=False,
    callback=_note_preview,
    help="Work on the preview of this name, which uses the environment's file",
)


def environment_argument(command: Decorated) -> Decorated:
    """Add the argument for one environment, or for a preview of it."""
    named = click.argument("environment", shell_complete=complete.environments)
    return named(as_option(command))


json_option = click.option(
    "--json",
    "as_json",
    is_flag=True,
    callback=_note_json,
    help="Print the result as JSON on standard output",
)
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a key of the environment file, such as services.recommender.scaling.min=3",
)


allow_option = click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="RULE=REASON",
    help="Allow what a rule of the review forbids, for this reason",
)


def allow_of(options: Sequence[str]) -> dict[str, str]:
    """Read the --allow options; raise ConfigError naming every one that is wrong."""
    found = {}
    problems = []
    for option in options:
        rule, equals, reason = option.partition("=")
        if wrong := rule_named(rule):
            problems.append(f"{rule} must {wrong}.")
        elif not equals or not reason.strip() or len(reason.splitlines()) > 1:
            problems.append(f"{rule} must have a reason, on one line, as in {rule}=REASON.")
        found[rule] = reason
    if problems:
        raise ConfigError("--allow", problems)
    return found


def environment_of(name: str, overrides: Sequence[str], *, preview: Preview | None = None) -> Environment:
    return load(name, directory=ROOT / "environments", overrides=overrides, preview=preview)


def preview_of_run() -> Preview | None:
    """Return the preview of this run, with ports that its sandbox has or may take; None without one."""
    name = click.get_current_context().meta.get(_AS)
    if name is None:
        return None
    port, alb_port = known_ports(ROOT, name) or free_ports(ROOT / "environments", others=ports_in_use(ROOT))
    return Preview(name=name, port=port, alb_port=alb_port)


def command_of(
    name: str,
    overrides: Sequence[str],
    *,
    allowed: Sequence[str] = (),
    yes: bool = False,
    console: TerminalConsole | None = None,
    is_preview: bool = True,
) -> Command:
    """Return the command on an environment, or on its preview unless `is_preview` is false."""
    return Command(
        root=ROOT,
        environment=environment_of(name, overrides, preview=preview_of_run() if is_preview else None),
        overrides=overrides,
        console=console or TerminalConsole(assume_yes=yes),
        allow=allow_of(allowed),
        caller=_caller(),
    )


def removal_of(name: str, overrides: Sequence[str], *, yes: bool) -> Command:
    """Return the command of a destroy, which continues in spite of errors in the environment file."""
    console = TerminalConsole(assume_yes=yes)
    environment, problems = load_sound(
        name, directory=ROOT / "environments", overrides=overrides, preview=preview_of_run()
    )
    for problem in problems:
        console.warn(f"{problem} It is ignored.")
    return Command(root=ROOT, environment=environment, overrides=overrides, console=console, caller=_caller())


def _caller() -> Caller | None:
    """Read the session name with which to sign in the sandbox; without a session there is none."""
    role, _, step = os.environ.get(CALLER, "").partition(":")
    return Caller(role, step or "command") if role else None


# Never suggested for a typing error: `deploy` is near to `destroy`.
NEVER_SUGGESTED = "destroy"


class Program(click.Group):
    """If JSON is requested and none was printed, print an error as JSON on standard output, too."""

    def add_alias(self, name: str, command: click.Command) -> None:
        """Add an alias of the command; help and completion list it."""
        alias = copy(command)
        alias.name, alias.short_help = name, f"The same as {command.name}"
        self.add_command(alias)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the commands that are near to a mistyped one, but none that destroys."""
        name = args[0]
        if name.startswith("-") or ctx.resilient_parsing or self.get_command(ctx, name):
            return super().resolve_command(ctx, args)
        near = get_close_matches(name, sorted(set(self.commands) - {NEVER_SUGGESTED}))
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise click.UsageError(f"No such command {name!r}.{hint}", ctx)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except WrapperError as error:
            if ctx.meta.get(_WANTED) and not ctx.meta.get(_TOLD):
                console = ctx.meta.get(_CONSOLE)
                print_json(error.as_json() | ({"steps": console.steps} if console else {}))
            raise


def console_of(*, yes: bool) -> TerminalConsole:
    """Return a console; with JSON, its steps are part of the outcome or the error."""
    console = TerminalConsole(assume_yes=yes)
    click.get_current_context().meta[_CONSOLE] = console
    return console


def show_applied(applied: Applied, console: TerminalConsole, *, as_json: bool) -> None:
    """Print the outcome of a delivery; raise SmokeError if the services do not answer as they should."""
    if as_json:
        print_json(applied.as_json() | {"steps": console.steps})
    else:
        console.facts(applied.rows())
    applied.raise_unless_good()


def show_table(rows: Sequence[Sequence[str]], *, spare: Sequence[str] = (), sentences: bool = False) -> None:
    """Print a table as wide as the terminal; in a pipe nothing is folded. See `console.layout.table`."""
    TerminalConsole().table(rows, spare=spare, sentences=sentences)


def show_facts(rows: Sequence[tuple[str, str]]) -> None:
    """Print names and values, folded only on a terminal."""
    TerminalConsole().facts(rows)


def tell(text: str) -> None:
    """Print a result in sentences, folded on a terminal alone."""
    TerminalConsole().sentences(text)


def quote(line: str, *, err: bool = False) -> None:
    """Print a line of somebody else's, or one to be copied, unfolded; `err` to standard error."""
    click.echo(printable(line), err=err)


def print_json(value: Any) -> None:
    if context := click.get_current_context(silent=True):
        context.meta[_TOLD] = True
    click.echo(json.dumps(value, indent=2, default=str))

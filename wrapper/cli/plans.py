"""The commands before an apply: publish, plan, and drift; of one environment or of all."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from wrapper.cli.complete import environments
from wrapper.cli.options import (
    ROOT,
    Decorated,
    allow_of,
    allow_option,
    as_option,
    command_of,
    environment_argument,
    json_option,
    preview_of_run,
    print_json,
    set_option,
    show_table,
    yes_option,
)
from wrapper.cli.parallel import Command, Run, default_parallelism, exit_code, run_all
from wrapper.console import TerminalConsole
from wrapper.environment import names
from wrapper.errors import ConfigError
from wrapper.review import Review, views
from wrapper.verbs.drift import DRIFTED, Drift
from wrapper.verbs.drift import drift as find_drift
from wrapper.verbs.plan import preview
from wrapper.verbs.publish import publish as publish_all

# The exit code of `plan --detailed-exitcode` if there are changes.
CHANGES = 2


def _one(command: Decorated) -> Decorated:
    return click.argument("environment", required=False, shell_complete=environments)(as_option(command))


_all = click.option("--all", "every", is_flag=True, help="Every environment, two for each core at once")


@click.command()
@_one
@_all
@set_option
@allow_option
@json_option
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Write the review and the plans here"
)
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes")
@click.pass_context
def plan(
    context: click.Context,
    environment: str | None,
    every: bool,
    overrides: Sequence[str],
    allowed: Sequence[str],
    as_json: bool,
    out: Path | None,
    detailed_exitcode: bool,
) -> None:
    """Show what apply would change, and change nothing"""
    allow_of(allowed)
    if out:
        _make_folder(out)  # before the minute that planning may take
    if name := _chosen(environment, every):
        _plan(context, name, overrides, allowed, as_json, out, detailed_exitcode)
        return
    options = [*_repeated("--set", overrides), *_repeated("--allow", allowed)]

    def words(name: str) -> list[str]:
        where = ["--out", str((out / name).absolute())] if out else []
        return ["plan", name, "--json", "--detailed-exitcode", *options, *where]

    runs = _run_all(words, heading=_PLANNED, row=_planned, as_json=as_json)
    code = exit_code(runs, finding=CHANGES)
    context.exit(0 if code == CHANGES and not detailed_exitcode else code)


@click.command()
@_one
@_all
@set_option
@json_option
@click.pass_context
def drift(
    context: click.Context, environment: str | None, every: bool, overrides: Sequence[str], as_json: bool
) -> None:
    """Report what was changed since the last apply; exit with 9"""
    if name := _chosen(environment, every):
        found = find_drift(command_of(name, overrides))
        if as_json:
            print_json(found.as_json())
        else:
            show_drift(found)
        context.exit(DRIFTED if found.found else 0)
    options = _repeated("--set", overrides)
    runs = _run_all(
        lambda name: ["drift", name, "--json", *options], heading=_DRIFTED, row=_drifted, as_json=as_json
    )
    context.exit(exit_code(runs, finding=DRIFTED))


def show_plan(review: Review) -> None:
    """Print a review as wide as the terminal."""
    TerminalConsole().show(views.text(review))


def show_drift(found: Drift) -> None:
    """Print what is not as it was applied, each line under its own beginning."""
    TerminalConsole().sentences(found.text(), hang=4)


@click.command()
@environment_argument
@set_option
@allow_option
@yes_option
@json_option
def publish(
    environment: str, overrides: Sequence[str], allowed: Sequence[str], yes: bool, as_json: bool
) -> None:
    """Publish images and models, so that a plan can be exact"""
    published = publish_all(command_of(environment, overrides, allowed=allowed, yes=yes))
    if as_json:
        print_json(published.as_json())
    else:
        show_table(published.rows())


COMMANDS = (plan, drift, publish)
_PLANNED = ("ENVIRONMENT", "RESULT", "FOUNDATION", "APP", "BLOCKED BY", "USD A MONTH", "SECONDS")
# The columns that a narrow terminal drops, in this order.
_SPARE = ("SECONDS", "FOUNDATION", "USD A MONTH", "APP")
_DRIFTED = ("ENVIRONMENT", "RESULT", "OUTSIDE TERRAFORM", "IN WHAT RUNS", "SECONDS")


def _plan(
    context: click.Context,
    name: str,
    overrides: Sequence[str],
    allowed: Sequence[str],
    as_json: bool,
    out: Path | None,
    detailed_exitcode: bool,
) -> None:
    command = command_of(name, overrides, allowed=allowed)
    seen = preview(command, recorded=out is not None)
    if out:
        seen.save(out)
    if as_json:
        print_json(seen.as_json())
    else:
        show_plan(seen.review)
    if detailed_exitcode and seen.has_changes:
        context.exit(CHANGES)


def _chosen(environment: str | None, every: bool) -> str | None:
    """Return the one environment, None for all."""
    if every == bool(environment):
        raise click.UsageError("Name one ENVIRONMENT, or use --all.")
    if every and preview_of_run():
        raise click.UsageError("Use --as with one ENVIRONMENT, not with --all.")
    return environment


def _run_all(
    words: Command,
    *,
    heading: Sequence[str],
    row: Callable[[Run], Sequence[str]],
    as_json: bool,
) -> list[Run]:
    """Run the command on every environment and print one table, or one document."""
    console = TerminalConsole()
    found = names(ROOT / "environments")
    with console.step(f"Check {len(found)} environments") as step:
        runs = run_all(
            found,
            words,
            root=ROOT,
            parallelism=default_parallelism(),
            report=lambda run: step.progress(f"{run.environment}: done"),
        )
        step.result(f"{sum(run.seconds for run in runs):.0f} s one after the other")
    if as_json:
        print_json({"environments": {run.environment: run.as_json() for run in runs}})
    else:
        show_table([heading, *map(row, runs)], spare=_SPARE)
    for run in runs:
        if run.problem:
            console.error(f"{run.environment}: {run.problem}")
    return runs


def _planned(run: Run) -> Sequence[str]:
    if run.document is None:
        return (run.environment, f"failed ({run.code})", "-", "-", "-", "-", f"{run.seconds:.0f}")
    stacks, review = run.document["stacks"], run.document["review"]
    result = "changes" if run.document["changes"] else "no changes"
    cost = f"{review['cost']['difference']:+.2f}" if review["cost"] and run.document["changes"] else "-"
    summaries = [_summary(stacks[stack]["summary"]) for stack in ("foundation", "app")]
    return (
        run.environment,
        result,
        *summaries,
        ", ".join(review["blocked"]) or "-",
        cost,
        f"{run.seconds:.0f}",
    )


def _summary(counts: dict[str, int]) -> str:
    return f"+{counts['add']} ~{counts['change']} -{counts['destroy']}" if any(counts.values()) else "-"


def _drifted(run: Run) -> Sequence[str]:
    if run.document is None:
        return (run.environment, f"failed ({run.code})", "-", "-", f"{run.seconds:.0f}")
    changes, running = run.document["changes"], run.document["running"]
    result = "drift" if run.document["drift"] else "no drift"
    return (run.environment, result, str(len(changes)), str(len(running)), f"{run.seconds:.0f}")


def _repeated(option: str, values: Sequence[str]) -> list[str]:
    return [word for value in values for word in (option, value)]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"{folder} must be a folder that can be written to, got {error.strerror}."
        raise ConfigError("--out", [problem]) from None

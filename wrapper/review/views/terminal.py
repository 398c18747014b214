"""The review on a terminal: one screen for a usual change."""

import io
import shutil
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from wrapper.console import printable
from wrapper.review.cost import Estimate
from wrapper.review.destroy_bound import DestroyBound
from wrapper.review.finding import Level
from wrapper.review.review import Review
from wrapper.review.views.answers import brief
from wrapper.review.views.changes import change_lines, summary
from wrapper.review.views.money import difference, dollars, duration
from wrapper.terraform.plan import Action

_COLOURS = {
    Action.CREATE: "green",
    Action.DELETE: "red",
    Action.REPLACE: "magenta",
    Action.UPDATE: "yellow",
}
_LEVELS = {Level.BLOCK: "bold red", Level.WARN: "yellow", Level.NOTE: "cyan"}
# Lines of each part; the files that --out writes hold everything.
_MOST_CHANGES = 60
_MOST_FINDINGS = 20
_MOST_COSTS = 6


def text(review: Review, *, width: int | None = None) -> str:
    """Return the screen with colours as ANSI codes; NO_COLOR leaves them out."""
    stream = io.StringIO()
    columns = width or shutil.get_terminal_size((120, 40)).columns
    console = Console(file=stream, force_terminal=True, width=columns, highlight=False, legacy_windows=False)
    for line in _lines(review):
        line.plain = printable(line.plain)
        console.print(line, soft_wrap=True)
    return stream.getvalue().rstrip("\n")


def _lines(review: Review) -> Iterator[Text]:
    yield from _changes(review)
    if review.has_changes:
        yield from _findings(review)
        yield from _answers(review)
        yield from _rollouts(review)
        if review.destroy:
            yield _destroy(review.destroy)
        if review.cost:
            yield from _costs(review.cost)
    yield from (Text(f"· {note}", style="dim") for note in review.notes)


def _changes(review: Review) -> Iterator[Text]:
    for plan in review.plans:
        yield Text.assemble((plan.stack, "bold"), f": {summary(plan)}")
        lines = list(change_lines(plan, brief=True))
        for line in lines[:_MOST_CHANGES]:
            yield Text(line.text, style=_COLOURS.get(line.action, ""))
        yield from _more(len(lines) - _MOST_CHANGES)


def _findings(review: Review) -> Iterator[Text]:
    yield Text("Risks", style="bold")
    for finding in review.findings[:_MOST_FINDINGS]:
        level = (f"{finding.level:5}", _LEVELS[finding.level])
        yield Text.assemble("  ", level, f"  {finding.rule}  ", (finding.address, "dim"))
        yield Text(f"         {finding.sentence}")
        if finding.allowed:
            yield Text(f"         allowed: {finding.allowed}", style="green")
    if not review.findings:
        yield Text("  none found", style="green")
    yield from _more(len(review.findings) - _MOST_FINDINGS)


def _answers(review: Review) -> Iterator[Text]:
    for change in review.answers:
        yield Text.assemble(("Answers", "bold"), f"  {change.swap.service}: {change.labels}")
        if change.comparison:
            yield from (Text(f"  {line}") for line in brief(change.comparison))
        else:
            yield Text(f"  not known: {change.unread}", style="yellow")


def _rollouts(review: Review) -> Iterator[Text]:
    for bound in review.rollouts:
        deadline = review.deadlines.get(bound.service)
        until = f"; given up after {duration(deadline)}" if deadline else ""
        yield Text.assemble(
            ("Roll-out", "bold"),
            f"  {bound.service}: at most {duration(bound.seconds)}",
            (f" = {bound.formula}{until}", "dim"),
        )


def _destroy(bound: DestroyBound) -> Text:
    told = (f"  it would take at most {duration(bound.seconds)}", "")
    return Text.assemble(("Destroy", "bold"), told, (f" = {bound.formula}", "dim"))


def _costs(cost: Estimate) -> Iterator[Text]:
    table = cost.table
    yield Text.assemble(
        ("Cost", "bold"),
        f"  {dollars(cost.before)} → {dollars(cost.after)} {table.currency} a month",
        (f" ({difference(cost.difference)})", "bold"),
        (f"  {table.region}, prices of {table.date}, estimated", "dim"),
    )
    moved = [line for line in cost.lines if difference(line.difference) != "0.00"]
    for line in moved[:_MOST_COSTS]:
        yield Text.assemble(
            f"  {difference(line.difference):>10}  {line.address}", (f"  {line.basis}", "dim")
        )
    yield from _more(len(moved) - _MOST_COSTS)
    if cost.assumptions:
        yield Text(f"  assumed: {'; '.join(cost.assumptions)}", style="dim")
    if cost.not_priced:
        yield Text(f"  not priced: {', '.join(sorted(cost.not_priced))}", style="yellow")


def _more(count: int) -> Iterator[Text]:
    if count > 0:
        yield Text(f"  … and {count} more", style="dim")

"""The review on a terminal: the verdict first, one screen for a usual change."""

import io
import sys
from collections.abc import Iterator
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from wrapper.console import printable
from wrapper.console.layout import columns_of, hung
from wrapper.review.cost import Estimate
from wrapper.review.destroy_bound import DestroyBound
from wrapper.review.digest import Change
from wrapper.review.finding import Level
from wrapper.review.picture import State
from wrapper.review.review import Review
from wrapper.review.risks import Risk
from wrapper.review.rollout_bound import RolloutBound
from wrapper.review.verdict import Tone
from wrapper.review.views.answers import brief
from wrapper.review.views.changes import SIGNS, change_lines, summary
from wrapper.review.views.money import difference, dollars, duration
from wrapper.terraform.plan import Action

_COLOURS = {
    Action.CREATE: "green",
    Action.DELETE: "red",
    Action.REPLACE: "magenta",
    Action.UPDATE: "yellow",
}
_STATES = {
    State.NEW: "green",
    State.REMOVED: "red",
    State.REPLACED: "magenta",
    State.CHANGED: "yellow",
}
_LEVELS = {Level.BLOCK: "bold red", Level.WARN: "yellow", Level.NOTE: "cyan"}
_TONES = {Tone.BLOCK: "bold red", Tone.WARN: "bold yellow", Tone.NOTE: "bold cyan", Tone.CALM: "bold green"}
# The number of lines of each part; the files that --out writes have everything.
_MOST_CHANGES = 60
_MOST_RISKS = 10
_MOST_COSTS = 6
# More roll-outs are one line about the slowest; of one rule this many findings are shown.
_FEW_ROLLOUTS = 3
_FEW_FINDINGS = 2
# Wider than any terminal, if nothing is to be folded.
_UNFOLDED = 100_000


class Line(NamedTuple):
    """A line, and the column at which its folded part continues."""

    text: Text
    hang: int


def text(review: Review, *, width: int | None = None) -> str:
    """Return the screen with colours as ANSI codes; with `NO_COLOR` set, without.

    It is as wide as standard output's terminal unless `width` is given; in a pipe nothing is folded.
    """
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=True, width=_UNFOLDED, highlight=False, legacy_windows=False
    )
    columns = width or columns_of(sys.stdout)
    for line in screen(review, width=columns):
        console.print(line, soft_wrap=True)
    return stream.getvalue().rstrip("\n")


def screen(review: Review, *, width: int | None) -> Iterator[Text]:
    """Yield the lines, folded between words to `width` columns; unfolded if it is None."""
    for line in _lines(review):
        line.text.plain = printable(line.text.plain)
        yield from hung(line.text, width=width, hang=line.hang)


def _lines(review: Review) -> Iterator[Line]:
    yield from _verdict(review)
    for plan in review.plans:
        yield Line(Text.assemble((plan.stack, "bold"), f": {summary(plan)}"), 2)
    if review.has_changes:
        yield from _risks(review)
        yield from _digest(review)
        yield from _answers(review)
        yield from _rollouts(review)
        if review.destroy:
            yield _destroy(review.destroy)
        if review.cost:
            yield from _costs(review.cost)
        yield from _changes(review)
    yield from (Line(Text(f"· {note}", style="dim"), 2) for note in review.notes)


def _verdict(review: Review) -> Iterator[Line]:
    verdict = review.verdict
    yield Line(Text(verdict.sentence, style=_TONES[verdict.tone]), 2)
    yield from (Line(Text(f"  {each}"), 4) for each in verdict.obstacles)
    yield from (Line(Text.assemble(("  fix: ", "bold"), each), 7) for each in verdict.fixes)


def _risks(review: Review) -> Iterator[Line]:
    if review.risks:
        yield _heading("Risks")
    for risk in review.risks[:_MOST_RISKS]:
        yield from _risk(risk)
    yield from _more(len(review.risks) - _MOST_RISKS, "rules")


def _risk(risk: Risk) -> Iterator[Line]:
    first, count = risk.first, len(risk.findings)
    level = (f"{first.level:5}", _LEVELS[first.level])
    if count > _FEW_FINDINGS:
        yield Line(Text.assemble("  ", level, f"  {first.rule}  {count} times, such as"), 9)
    for finding in risk.findings[: 1 if count > _FEW_FINDINGS else count]:
        if count > _FEW_FINDINGS:
            yield Line(Text(f"         {finding.address}", style="dim"), 11)
        else:
            yield Line(Text.assemble("  ", level, f"  {finding.rule}  ", (finding.address, "dim")), 11)
        yield Line(Text(f"         {finding.sentence}"), 9)
        if finding.allowed:
            yield Line(Text(f"         allowed: {finding.allowed}", style="green"), 11)


def _digest(review: Review) -> Iterator[Line]:
    if review.digest:
        yield _heading("What changes")
    for change in review.digest:
        yield _change(change)


def _change(change: Change) -> Line:
    """Begin with a sign, because some readers cannot see a colour."""
    told = Text.assemble(f"  {SIGNS[change.state]} {change.what}", style=_STATES[change.state])
    if change.attribute:
        told.append(f"  {change.attribute}: {change.before or 'none'} → {change.after or 'none'}")
    if change.more:
        told.append(f"{':' if not change.attribute else ','} {change.more}", style="dim")
    return Line(told, 6)


def _changes(review: Review) -> Iterator[Line]:
    lines = [line for plan in review.plans for line in change_lines(plan, brief=True)]
    if lines:
        yield _heading("All changes")
    for line in lines[:_MOST_CHANGES]:
        indent = len(line.text) - len(line.text.lstrip())
        yield Line(Text(line.text, style=_COLOURS.get(line.action, "")), indent + 4)
    yield from _more(len(lines) - _MOST_CHANGES)


def _answers(review: Review) -> Iterator[Line]:
    for change in review.answers:
        yield Line(Text.assemble(("Answers", "bold"), f"  {change.swap.service}: {change.labels}"), 2)
        if change.comparison:
            yield from (Line(Text(f"  {line}"), 14) for line in brief(change.comparison))
        else:
            yield Line(Text(f"  not known: {change.unread}", style="yellow"), 4)


def _rollouts(review: Review) -> Iterator[Line]:
    if len(review.rollouts) > _FEW_ROLLOUTS and review.slowest:
        yield _rollout(review, review.slowest, f" (the slowest of {len(review.rollouts)})")
    else:
        yield from (_rollout(review, bound) for bound in review.rollouts)


def _rollout(review: Review, bound: RolloutBound, which: str = "") -> Line:
    deadline = review.deadlines.get(bound.service)
    until = f"; given up after {duration(deadline)}" if deadline and not bound.only_stops else ""
    told = Text.assemble(
        ("Stop" if bound.only_stops else "Roll-out", "bold"),
        f"  {bound.service}: at most {duration(bound.seconds)}{which}",
        (f" = {bound.formula}{until}", "dim"),
    )
    return Line(told, 4)


def _destroy(bound: DestroyBound) -> Line:
    told = (f"  it would take at most {duration(bound.seconds)}", "")
    return Line(Text.assemble(("Destroy", "bold"), told, (f" = {bound.formula}", "dim")), 4)


def _costs(cost: Estimate) -> Iterator[Line]:
    table = cost.table
    told = Text.assemble(
        ("Cost", "bold"),
        f"  {dollars(cost.before)} → {dollars(cost.after)} {table.currency} a month",
        (f" ({difference(cost.difference)})", "bold"),
        (f"  {table.region}, prices of {table.date}, estimated", "dim"),
    )
    yield Line(told, 4)
    moved = [line for line in cost.lines if difference(line.difference) != "0.00"]
    for line in moved[:_MOST_COSTS]:
        amount = f"  {difference(line.difference):>10}  "
        yield Line(Text.assemble(amount, line.address, (f"  {line.basis}", "dim")), len(amount))
    yield from _more(len(moved) - _MOST_COSTS)
    if cost.assumptions:
        yield Line(Text(f"  assumed: {'; '.join(cost.assumptions)}", style="dim"), 4)
    if cost.not_priced:
        names = sorted(cost.not_priced)
        rest = f" and {len(names) - _MOST_COSTS} more" if len(names) > _MOST_COSTS else ""
        yield Line(Text(f"  not priced: {', '.join(names[:_MOST_COSTS])}{rest}", style="yellow"), 4)


def _heading(name: str) -> Line:
    return Line(Text(name, style="bold"), 2)


def _more(count: int, what: str = "") -> Iterator[Line]:
    if count > 0:
        yield Line(Text(f"  … and {count} more {what}".rstrip(), style="dim"), 4)

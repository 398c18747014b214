"""The review as Markdown: a pull-request comment, most important first, the rest folded."""

from collections.abc import Iterator

from wrapper.review.answers import ModelChange
from wrapper.review.cost import Estimate
from wrapper.review.digest import Change
from wrapper.review.finding import Finding, Level
from wrapper.review.review import Review
from wrapper.review.risks import Risk
from wrapper.review.rollout_bound import RolloutBound
from wrapper.review.verdict import Tone
from wrapper.review.views.answers import brief
from wrapper.review.views.changes import Line, change_lines, summary
from wrapper.review.views.escaping import cell, code, code_cell, fence, one_line, plain
from wrapper.review.views.money import difference, dollars, duration
from wrapper.review.views.section import Section
from wrapper.terraform.plan import Action, Plan

# GitHub refuses longer comments. Bytes are counted: they are never fewer than characters.
LIMIT = 65_536
# Reserved for the sentence that says what is missing.
_RESERVE = 1_000
_SIGNS = {Level.BLOCK: "🛑 block", Level.WARN: "⚠️ warn", Level.NOTE: "note"}
_TONES = {Tone.BLOCK: "🛑 ", Tone.WARN: "⚠️ ", Tone.NOTE: "", Tone.CALM: ""}
_ROWS = "\n| level | rule | where | what |\n|---|---|---|---|\n"
_RISKS = f"\n### Risks\n{_ROWS}"
# The destroy's time comes after so many roll-outs, the slowest first.
_FEW_ROLLOUTS = 3
# The line beginnings that GitHub colours inside a diff block.
_DIFF = {Action.CREATE: "+", Action.DELETE: "-", Action.UPDATE: "!", Action.REPLACE: "!"}


def markdown(review: Review) -> str:
    """Return at most LIMIT bytes; what does not fit is left out from the least important on, and counted."""
    sections = [section for section in _sections(review) if section.lines]
    pieces, missing = [_head(review)], []
    room = LIMIT - _RESERVE - len(pieces[0].encode())
    for position, section in enumerate(sections):
        # A section of thousands of lines leaves the later ones half of the room, if they need it.
        later = sum(each.size for each in sections[position + 1 :])
        lines = section.fitting(max(room // 2, room - later))
        if lines:
            piece = section.opening + "\n".join(lines) + "\n" + section.closing
            room -= len(piece.encode())
            pieces.append(piece)
        if len(lines) < len(section.lines):
            left_out = len(section.lines) - len(lines)
            missing.append(f"{left_out} of {len(section.lines)} lines of {section.name}")
    if missing:
        pieces.append(f"\n_Left out, for a comment holds {LIMIT:,} characters: {'; '.join(missing)}._\n")
    return "".join(pieces)


def _head(review: Review) -> str:
    verdict = review.verdict
    first = f"**{_TONES[verdict.tone]}{plain(verdict.sentence)}**"
    lines = [f"## Plan of {plain(review.environment)}", "", first, ""]
    lines += [f"- {plain(each)}" for each in verdict.obstacles]
    lines += [f"- fix: {code(each)}" for each in verdict.fixes]
    lines += [f"- **{plain(plan.stack)}**: {summary(plan)}" for plan in review.plans]
    if review.cost and review.has_changes:
        cost = review.cost
        lines.append(
            f"- **cost**: {dollars(cost.before)} → {dollars(cost.after)} {cost.table.currency} a month"
            f" ({difference(cost.difference)})"
        )
    return "\n".join(lines) + "\n"


def _sections(review: Review) -> Iterator[Section]:
    yield Section(name="rules", opening=_RISKS, lines=[_risk(each) for each in review.risks])
    yield Section(
        name="what changes",
        opening="\n### What changes\n\n",
        lines=[_change(each) for each in review.digest],
    )
    yield from (_answers(change) for change in review.answers)
    yield _rollouts(review)
    if any(risk.others for risk in review.risks):
        yield _findings(review)
    for plan in review.plans:
        yield _changes(plan)
        yield _drift(plan)
    if review.cost and review.has_changes:
        yield _costs(review.cost)
        yield _assumptions(review.cost)
    yield Section(
        name="notes", opening="\n### Good to know\n\n", lines=[f"- {cell(note)}" for note in review.notes]
    )


def _risk(risk: Risk) -> str:
    """Write one row for a rule with any number of findings."""
    more = f" and {len(risk.others):,} more" if risk.others else ""
    return _row(risk.first, more)


def _row(finding: Finding, more: str = "") -> str:
    return (
        f"| {_SIGNS[finding.level]} | [{finding.rule}]({finding.page})"
        f" | {code_cell(finding.address)}{more} | {cell(_judged(finding))} |"
    )


def _findings(review: Review) -> Section:
    return Section(
        name="risks",
        opening=f"\n<details><summary>All {len(review.findings):,} findings</summary>\n{_ROWS}",
        lines=[_row(each) for each in review.findings],
        closing="\n</details>\n",
    )


def _change(change: Change) -> str:
    """Write old and new beside each other."""
    told = f"- {change.state}: {code(change.what)}"
    if change.attribute:
        values = (code(each or "none") for each in (change.before, change.after))
        told += f" {plain(change.attribute)}: {' → '.join(values)}"
    return f"{told}, {plain(change.more)}" if change.more else told


def _judged(finding: Finding) -> str:
    return f"{finding.sentence} Allowed: {finding.allowed}" if finding.allowed else finding.sentence


def _answers(change: ModelChange) -> Section:
    """Show the measures. The users' ids are not for everybody who reads a comment."""
    lines = list(brief(change.comparison)) if change.comparison else [f"not known: {change.unread}"]
    ticks = fence("\n".join(lines))
    return Section(
        name=f"answers of {change.swap.service}",
        opening=f"\n<details><summary>How the answers of {plain(change.swap.service)} change:"
        f" {plain(change.labels)}</summary>\n\n{ticks}\n",
        lines=[one_line(line) for line in lines],
        closing=f"{ticks}\n\n</details>\n",
    )


def _rollouts(review: Review) -> Section:
    bounds = sorted(review.rollouts, key=lambda each: -each.seconds)
    lines = [_rollout(review, bound) for bound in bounds]
    if review.destroy and review.has_changes:
        seconds, formula = review.destroy.seconds, review.destroy.formula
        lines.insert(_FEW_ROLLOUTS, f"- to destroy all of it: at most **{duration(seconds)}** = {formula}")
    return Section(name="roll-outs", opening="\n### Time\n\n", lines=lines)


def _rollout(review: Review, bound: RolloutBound) -> str:
    deadline = review.deadlines.get(bound.service)
    until = f"; given up after {duration(deadline)}" if deadline and not bound.only_stops else ""
    what = "stops" if bound.only_stops else "rolls out"
    return f"- {code(bound.service)} {what} in at most **{duration(bound.seconds)}** = {bound.formula}{until}"


def _changes(plan: Plan) -> Section:
    lines = [_diff_line(line) for line in change_lines(plan, brief=False)]
    ticks = fence("\n".join(lines))
    return Section(
        name=f"changes of {plan.stack}",
        opening=f"\n<details><summary>Changes of {plain(plan.stack)}</summary>\n\n{ticks}diff\n",
        lines=lines,
        closing=f"{ticks}\n\n</details>\n",
    )


def _drift(plan: Plan) -> Section:
    return Section(
        name=f"drift of {plan.stack}",
        opening=f"\n<details><summary>Changed outside Terraform in {plain(plan.stack)}</summary>\n\n",
        lines=[
            f"- {code(resource.address)}: {', '.join(code(each.path) for each in resource.attributes)}"
            for resource in plan.drift
        ],
        closing="\n</details>\n",
    )


def _costs(cost: Estimate) -> Section:
    return Section(
        name="cost",
        opening="\n<details><summary>Cost of each resource a month</summary>\n\n"
        "| resource | before | after | difference | how it adds up |\n|---|---:|---:|---:|---|\n",
        lines=[
            f"| {code_cell(line.address)} | {dollars(line.before)} | {dollars(line.after)}"
            f" | {difference(line.difference)} | {line.basis} |"
            for line in cost.lines
        ],
        closing="\n</details>\n",
    )


def _assumptions(cost: Estimate) -> Section:
    table = cost.table
    return Section(
        name="assumptions",
        opening="\n<details><summary>What the estimate assumes and leaves out</summary>\n\n",
        lines=[
            f"- {table.source} ({table.region}, {table.date})",
            *(f"- {each}" for each in cost.assumptions),
            *(f"- not counted: {each}" for each in table.not_counted),
            *(f"- not priced: {code(where)}: {cell(why)}" for where, why in cost.not_priced.items()),
        ],
        closing="\n</details>\n",
    )


def _diff_line(line: Line) -> str:
    """Begin with a character that GitHub colours; the same sign is not repeated."""
    sign = _DIFF.get(line.action, " ")
    return f"{sign} {one_line(line.text).removeprefix(f'  {sign} ')}"

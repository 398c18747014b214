"""The review as Markdown: a pull-request comment, most important first, the rest folded."""

from collections.abc import Iterator

from wrapper.review.answers import ModelChange
from wrapper.review.cost import Estimate
from wrapper.review.finding import Finding, Level
from wrapper.review.review import Review
from wrapper.review.views.answers import brief
from wrapper.review.views.changes import Line, change_lines, summary
from wrapper.review.views.escaping import cell, code, code_cell, fence, one_line, plain
from wrapper.review.views.money import difference, dollars, duration
from wrapper.review.views.section import Section
from wrapper.terraform.plan import Action, Plan

# GitHub refuses longer comments. Bytes are counted: they are never fewer than characters.
LIMIT = 65_536
# Kept free for the sentence that says what is missing.
_RESERVE = 1_000
_SIGNS = {Level.BLOCK: "🛑 block", Level.WARN: "⚠️ warn", Level.NOTE: "note"}
# What GitHub colours inside a diff block.
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
    lines = [f"## Plan of {plain(review.environment)}", ""]
    lines += [f"- **{plain(plan.stack)}**: {summary(plan)}" for plan in review.plans]
    if review.cost and review.has_changes:
        cost = review.cost
        lines.append(
            f"- **cost**: {dollars(cost.before)} → {dollars(cost.after)} {cost.table.currency} a month"
            f" ({difference(cost.difference)})"
        )
    return "\n".join(lines) + "\n"


def _sections(review: Review) -> Iterator[Section]:
    yield Section(
        name="risks",
        opening="\n### Risks\n\n| level | rule | where | what |\n|---|---|---|---|\n",
        lines=[
            f"| {_SIGNS[each.level]} | [{each.rule}]({each.page})"
            f" | {code_cell(each.address)} | {cell(_judged(each))} |"
            for each in review.findings
        ],
    )
    yield from (_answers(change) for change in review.answers)
    yield Section(name="roll-outs", opening="\n### Time\n\n", lines=list(_rollouts(review)))
    yield Section(name="notes", opening="\n### Notes\n\n", lines=[f"- {cell(note)}" for note in review.notes])
    for plan in review.plans:
        yield _changes(plan)
        yield _drift(plan)
    if review.cost and review.has_changes:
        yield _costs(review.cost)
        yield _assumptions(review.cost)


def _judged(finding: Finding) -> str:
    return f"{finding.sentence} Allowed: {finding.allowed}" if finding.allowed else finding.sentence


def _answers(change: ModelChange) -> Section:
    """Show the measures. Who the users are is not for everybody who reads a comment."""
    lines = list(brief(change.comparison)) if change.comparison else [f"not known: {change.unread}"]
    ticks = fence("\n".join(lines))
    return Section(
        name=f"answers of {change.swap.service}",
        opening=f"\n<details><summary>How the answers of {plain(change.swap.service)} change:"
        f" {plain(change.labels)}</summary>\n\n{ticks}\n",
        lines=[one_line(line) for line in lines],
        closing=f"{ticks}\n\n</details>\n",
    )


def _rollouts(review: Review) -> Iterator[str]:
    for bound in review.rollouts:
        deadline = review.deadlines.get(bound.service)
        until = f"; given up after {duration(deadline)}" if deadline else ""
        yield f"- {code(bound.service)}: at most **{duration(bound.seconds)}** = {bound.formula}{until}"
    if review.destroy and review.has_changes:
        seconds, formula = review.destroy.seconds, review.destroy.formula
        yield f"- to destroy all of it: at most **{duration(seconds)}** = {formula}"


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
    """Begin with what GitHub colours; a sign that says the same is not said twice."""
    sign = _DIFF.get(line.action, " ")
    return f"{sign} {one_line(line.text).removeprefix(f'  {sign} ')}"

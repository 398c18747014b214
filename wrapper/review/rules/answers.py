"""New model versions whose answers differ from the old ones."""

from collections.abc import Iterator

from wrapper.model.diff.limits import beyond
from wrapper.review.finding import Circumstances, Finding, Level
from wrapper.terraform.plan import Plan

# Webber, Moffat, Zobel: how far rankings are from each other, and why the first places count more.
_PAGE = "https://doi.org/10.1145/1852102.1852106"


def answers_change(plan: Plan, circumstances: Circumstances) -> Iterator[Finding]:
    """Find models whose answers differ by more than the limits, and those that nobody could read."""
    limits = circumstances.answer_limits
    there = {resource.address for resource in plan.resources}
    for change in circumstances.answers:
        if limits is None or change.swap.address not in there:
            continue
        if change.comparison is None:
            level = Level.WARN if limits.blocks else Level.NOTE
            sentence = f"How the answers differ is not known ({change.labels}): {change.unread}"
            yield _finding(change.swap.address, level, sentence)
            continue
        found = beyond(change.comparison.measures, block=limits.block, warn=limits.warn)
        for level, told in ((Level.BLOCK, found.block), (Level.WARN, found.warn)):
            if told:
                sentence = f"Its answers change ({change.labels}): {'; '.join(told)}."
                yield _finding(change.swap.address, level, sentence)


def _finding(address: str, level: Level, sentence: str) -> Finding:
    return Finding(rule="answers-change", level=level, address=address, sentence=sentence, page=_PAGE)

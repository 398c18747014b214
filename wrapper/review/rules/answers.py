"""New model versions whose answers differ from the old ones."""

from collections.abc import Iterator

from wrapper.environment import AnswerLimits, AnswersChange
from wrapper.model.diff import DEPTH, Comparison
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
        for level, beyond in _beyond(change.comparison, limits):
            sentence = f"Its answers change ({change.labels}): {'; '.join(beyond)}."
            yield _finding(change.swap.address, level, sentence)


def _beyond(comparison: Comparison, limits: AnswersChange) -> Iterator[tuple[Level, list[str]]]:
    """Yield what is beyond the limits; what blocks is not reported as a warning, too."""
    blocking = dict(_broken(comparison, limits.block))
    warning = {key: words for key, words in _broken(comparison, limits.warn) if key not in blocking}
    for level, found in ((Level.BLOCK, blocking), (Level.WARN, warning)):
        if found:
            yield level, list(found.values())


def _broken(comparison: Comparison, limits: AnswerLimits) -> Iterator[tuple[str, str]]:
    """Yield each exceeded limit's key and its sentence."""
    for key, what, found in (
        ("overlap", f"mean overlap@{DEPTH}", comparison.overlap and comparison.overlap.mean),
        ("rbo", "mean RBO", comparison.rbo and comparison.rbo.mean),
    ):
        limit = getattr(limits, key)
        if limit is not None and (found is None or found < limit):
            told = f"{what} is {found:.2f}" if found is not None else f"no user is in both to have {what}"
            yield key, f"{told}, at least {limit:g} is wanted"
    for key, what, found in (
        ("changed", f"of the users have another top {DEPTH}", comparison.changed),
        ("users_lost", "of the users are lost", comparison.users.lost_share),
        ("items_lost", "of the items are lost", comparison.items.lost_share),
    ):
        limit = getattr(limits, key)
        if limit is not None and found is not None and found > limit:
            yield key, f"{found:.1%} {what}, at most {limit:.1%} is wanted"


def _finding(address: str, level: Level, sentence: str) -> Finding:
    return Finding(rule="answers-change", level=level, address=address, sentence=sentence, page=_PAGE)

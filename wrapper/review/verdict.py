"""The first sentence of every view: what blocks, what cannot be applied as it is, how much was found."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from wrapper.console import plural
from wrapper.review.finding import Finding, Level


class Tone(StrEnum):
    """The colour of a verdict; the sentence says the same without it."""

    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"
    CALM = "calm"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`obstacles` say why the saved plan cannot be applied as it is, `fixes` are commands that help."""

    tone: Tone
    sentence: str
    obstacles: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()


def verdict_of(
    called: str, findings: Sequence[Finding], *, has_changes: bool, obstacles: Sequence[str] = ()
) -> Verdict:
    """Judge the findings of a plan; a plan without changes has no verdict."""
    counts = Counter(each.level for each in findings if each.allowed is None) if has_changes else Counter()
    blocking = dict.fromkeys(
        each.rule for each in findings if each.level is Level.BLOCK and each.allowed is None and has_changes
    )
    told = _sentence(list(blocking), counts, sum(each.allowed is not None for each in findings))
    if not has_changes:
        told = "Nothing changes."
    return Verdict(
        tone=_tone(counts, obstacles),
        sentence=f"Cannot be applied as it is. {told}" if obstacles else told,
        obstacles=tuple(obstacles),
        fixes=tuple(_fixes(called, list(blocking), obstacles)),
    )


def _tone(counts: Counter[Level], obstacles: Sequence[str]) -> Tone:
    worst = next((level for level in Level if counts[level]), None)
    if obstacles and worst is not Level.BLOCK:
        return Tone.WARN
    return Tone(worst) if worst else Tone.CALM


def _sentence(blocking: Sequence[str], counts: Counter[Level], allowed: int) -> str:
    mild = [
        plural(counts[level], noun)
        for level, noun in ((Level.WARN, "warning"), (Level.NOTE, "note"))
        if counts[level]
    ]
    told = ", ".join([*mild, f"{allowed} allowed"] if allowed else mild)
    if blocking:
        return f"Blocked by {', '.join(blocking)}{told and '; '}{told}."
    return f"{told}, nothing blocks." if told else "No risks found."


def _fixes(called: str, blocking: Sequence[str], obstacles: Sequence[str]) -> Iterator[str]:
    if obstacles:
        yield f"python -m wrapper publish {called}"
    if blocking:
        options = " ".join(f'--allow {rule}="REASON"' for rule in blocking)
        yield f"python -m wrapper apply {called} {options}"

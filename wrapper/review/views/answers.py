"""A comparison of two models' answers in words: whole for `model diff`, in few lines for a review."""

import json
from collections.abc import Iterator

from wrapper.model.diff import DEPTH, Agreement, Comparison, Distribution, Item, Mover, Shift, Tally
from wrapper.model.diff.live import Live, Value

_BARS = "▁▂▃▄▅▆▇█"
# Of a value so much is shown.
_LONGEST_VALUE = 60


def text(comparison: Comparison) -> str:
    """Return the whole comparison; the movers' lists show which items were gained and lost."""
    return "\n".join(_lines(comparison))


def brief(comparison: Comparison) -> Iterator[str]:
    """Yield the measures, one per line."""
    yield f"users       {tally(comparison.users)}"
    yield f"items       {tally(comparison.items)}"
    yield from _agreement(comparison)
    yield f"coverage    {coverage(comparison.coverage)}"
    yield f"popularity  {popularity(comparison.popularity)}"


def live(found: Live, *, named: bool = False) -> str:
    """Return how the answers of two versions differ; users and questions are `named` on demand."""
    return "\n".join(_live(found, named=named))


def live_summary(found: Live) -> str:
    """Say it in one line."""
    told = []
    if found.lists and found.lists.overlap:
        told.append(f"{changed(found.lists)}, overlap@{DEPTH} {found.lists.overlap.mean:.2f}")
    if found.values:
        told.append(_values(found))
    return "; ".join(told) or "no question is answered by both versions"


def changed(found: Agreement) -> str:
    share, order = found.changed or 0, found.reordered or 0
    return f"{share:.1%} of {found.users.both:,} users have another top {DEPTH}, {order:.1%} only its order"


def coverage(shift: Shift) -> str:
    return f"{shift.old:.1%} → {shift.new:.1%} of the items are in some top {DEPTH}"


def popularity(shift: Shift) -> str:
    change = f" ({shift.difference / shift.old:+.1%})" if shift.old else ""
    return f"{shift.old:,.1f} → {shift.new:,.1f} interactions an item{change}"


def tally(found: Tally) -> str:
    return f"{found.old:,} → {found.new:,}, {found.gained:,} gained, {found.lost:,} lost"


def quantiles(found: Distribution) -> str:
    values = " ".join(f"{value:.2f}" for value in found.quantiles.values())
    return f"min, 5, 25, 50, 75, 95 % of the users, max: {values}"


def _names(items: tuple[Item, ...]) -> str:
    return "; ".join(_printable(item.title or item.id) for item in items)


def _printable(text: str) -> str:
    """Escape a title, so that a terminal shows it as text."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _lines(comparison: Comparison) -> Iterator[str]:
    yield f"{comparison.old.label} → {comparison.new.label}"
    yield from brief(comparison)
    for what, items in (("gained", comparison.items_gained), ("lost", comparison.items_lost)):
        if items:
            yield f"items {what}, the most popular first: {_names(items)}"
    yield from _movers(comparison)


def _live(found: Live, *, named: bool) -> Iterator[str]:
    yield f"answered    {tally(found.answered)}"
    if found.lists:
        yield from _agreement(found.lists)
    if found.values:
        yield f"values      {_values(found)}"
    for each in found.examples:
        question = f"{_printable(each.question)}  " if named else ""
        yield f"  {question}{_printable(each.expression)}: {_shift(each)}"
    if named and found.lists:
        yield from _movers(found.lists)


def _agreement(found: Agreement) -> Iterator[str]:
    if found.overlap and found.rbo:
        yield f"changed     {changed(found)}"
        yield f"overlap@{DEPTH}  {_distribution(found.overlap)}"
        yield f"RBO         {_distribution(found.rbo)}"
    else:
        yield "changed     not known: no user is in both"


def _movers(found: Agreement) -> Iterator[str]:
    if found.movers:
        yield f"the {len(found.movers)} users with the largest change"
        for mover in found.movers:
            yield from _mover(mover)


def _values(found: Live) -> str:
    return f"{found.differing:,} of {found.values:,} values differ"


def _shift(found: Value) -> str:
    old, new = (json.dumps(each, ensure_ascii=False) for each in (found.old, found.new))
    return f"{_cut(old)} → {_cut(new)}"


def _cut(text: str) -> str:
    return _printable(text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…")


def _mover(mover: Mover) -> Iterator[str]:
    yield f"  {_printable(mover.user)}  overlap {mover.overlap:.2f}, RBO {mover.rbo:.2f}"
    if not (mover.lost or mover.gained):
        yield f"    = {_names(mover.new)}"
    if mover.lost:
        yield f"    - {_names(mover.lost)}"
    if mover.gained:
        yield f"    + {_names(mover.gained)}"


def _distribution(found: Distribution) -> str:
    highest = max(found.tenths)
    # A space for none, the lowest bar for few.
    bars = "".join(_BARS[count * 7 // highest] if count else " " for count in found.tenths)
    return f"0 |{bars}| 1  mean {found.mean:.3f}; {quantiles(found)}"

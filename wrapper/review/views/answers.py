"""A comparison of two models' answers in words: whole for `model diff`, in few lines for a review."""

from collections.abc import Iterator

from wrapper.model.diff import DEPTH, Comparison, Distribution, Item, Mover, Shift, Tally

_BARS = "▁▂▃▄▅▆▇█"


def text(comparison: Comparison) -> str:
    """Return the whole comparison; the movers' lists show which items were gained and lost."""
    return "\n".join(_lines(comparison))


def brief(comparison: Comparison) -> Iterator[str]:
    """Yield the measures, one per line."""
    yield f"users       {tally(comparison.users)}"
    yield f"items       {tally(comparison.items)}"
    if comparison.overlap and comparison.rbo:
        yield f"changed     {changed(comparison)}"
        yield f"overlap@{DEPTH}  {_distribution(comparison.overlap)}"
        yield f"RBO         {_distribution(comparison.rbo)}"
    else:
        yield "changed     not known: no user is in both"
    yield f"coverage    {coverage(comparison.coverage)}"
    yield f"popularity  {popularity(comparison.popularity)}"


def changed(comparison: Comparison) -> str:
    share, order = comparison.changed or 0, comparison.reordered or 0
    return (
        f"{share:.1%} of {comparison.users.both:,} users have another top {DEPTH}, {order:.1%} only its order"
    )


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
    if comparison.movers:
        yield f"the {len(comparison.movers)} users with the largest change"
        for mover in comparison.movers:
            yield from _mover(mover)


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

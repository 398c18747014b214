"""The page: the parts of the review in order of importance, in the template."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from wrapper.console import plural
from wrapper.review.finding import Level
from wrapper.review.picture import draw
from wrapper.review.review import Review
from wrapper.review.views.answers import changed
from wrapper.review.views.changes import SIGNS, summary
from wrapper.review.views.html import assets
from wrapper.review.views.html.bars import cost_rows, timelines
from wrapper.review.views.html.entries import Entry, counts, entries
from wrapper.review.views.html.plots import pairs, plots

_FOLDER = Path(__file__).parent
# More time lines and networks, and more boxes in one place, are folded.
_FEW, _MOST = 3, 12
# More rules are folded, unless they block: the changes have to be on the first screen.
_MOST_RISKS = 5


def html(review: Review) -> str:
    """Return the whole page; styles and the script are inside, nothing is loaded from elsewhere."""
    changes = {plan.stack: tuple(entries(plan)) for plan in review.plans}
    everything = [entry for found in changes.values() for entry in found]
    return assets.template(_FOLDER).render(
        review=review,
        verdict=review.verdict,
        signs=SIGNS,
        picture=draw(review.plans),
        summaries={plan.stack: summary(plan) for plan in review.plans},
        changes=changes,
        counts=counts(everything),
        total=_total(everything),
        drift={
            plan.stack: tuple(entries(replace(plan, resources=plan.drift, outputs=())))
            for plan in review.plans
            if plan.drift
        },
        cost_rows=cost_rows(review.cost) if review.cost else (),
        timelines=timelines(review),
        few=_FEW,
        most=_MOST,
        shown_risks=max(_MOST_RISKS, sum(risk.first.level is Level.BLOCK for risk in review.risks)),
        changed=changed,
        plots=plots,
        pairs=pairs,
        style=assets.style(),
        script=assets.text(_FOLDER / "script.js"),
        script_hash=assets.script_hash(_FOLDER / "script.js"),
    )


def _total(found: Sequence[Entry]) -> str:
    """Count resources like the tiles, and the outputs separately."""
    outputs = sum(entry.is_output for entry in found)
    told = [plural(len(found) - outputs, "resource"), *([plural(outputs, "output")] if outputs else [])]
    return ", ".join(told)

"""The page: the review's parts in the order of importance, put into the template."""

import base64
import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from wrapper.review.finding import Level
from wrapper.review.picture import draw
from wrapper.review.review import Review
from wrapper.review.views.answers import changed
from wrapper.review.views.changes import summary
from wrapper.review.views.html.bars import cost_rows, timelines
from wrapper.review.views.html.entries import counts, entries
from wrapper.review.views.html.plots import pairs, plots
from wrapper.review.views.money import difference, dollars, duration

_FOLDER = Path(__file__).parent
_VERDICTS = {Level.BLOCK: ("blocks", "block"), Level.WARN: ("wants", "want")}
_ENDS = {Level.BLOCK: "this plan", Level.WARN: "a second look"}


class Headline(NamedTuple):
    """The first thing to read; `tone` colours it."""

    tone: str
    sentence: str


def html(review: Review) -> str:
    """Return the whole page; styles and the script are inside, nothing is loaded from elsewhere."""
    changes = {plan.stack: tuple(entries(plan)) for plan in review.plans}
    everything = [entry for found in changes.values() for entry in found]
    return _template().render(
        review=review,
        verdict=verdict(review),
        picture=draw(review.plans),
        summaries={plan.stack: summary(plan) for plan in review.plans},
        changes=changes,
        counts=counts(everything),
        total=len(everything),
        drift={
            plan.stack: tuple(entries(replace(plan, resources=plan.drift, outputs=())))
            for plan in review.plans
            if plan.drift
        },
        cost_rows=cost_rows(review.cost) if review.cost else (),
        timelines=timelines(review),
        changed=changed,
        plots=plots,
        pairs=pairs,
        style=_text("style.css"),
        script=_text("script.js"),
        script_hash=_script_hash(),
    )


def verdict(review: Review) -> Headline:
    """Say how bad it is in a sentence."""
    if not review.has_changes:
        return Headline("calm", "Nothing changes.")
    for level, (one, many) in _VERDICTS.items():
        count = sum(each.level is level and each.allowed is None for each in review.findings)
        if count:
            verb = f"remark {one}" if count == 1 else f"remarks {many}"
            return Headline(level.value, f"{count} {verb} {_ENDS[level]}.")
    return Headline("calm", "Nothing risky was found.")


@cache
def _template() -> Template:
    templates = Environment(
        loader=FileSystemLoader(_FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Names and values of a plan are other people's text.
        autoescape=True,
    )
    templates.filters.update(dollars=dollars, difference=difference, duration=duration)
    return templates.get_template("page.html.j2")


@cache
def _text(name: str) -> Markup:
    """Return a file of ours, which is markup already."""
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))


@cache
def _script_hash() -> str:
    """Let the browser run this script and no other, whatever a plan's text may try."""
    digest = hashlib.sha256(_text("script.js").encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"

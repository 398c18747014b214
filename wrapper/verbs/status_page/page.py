"""The page: the report's parts in the template, with the styles of the plan review."""

from pathlib import Path

from wrapper.review.views.html import assets
from wrapper.review.views.money import dollars
from wrapper.verbs.status import Status, age_of, measures_of
from wrapper.verbs.status_page.charts import charts
from wrapper.verbs.status_page.report import Report

_FOLDER = Path(__file__).parent
_MOST_COSTS = 8


def html(report: Report, *, every_seconds: float | None = None) -> str:
    """Return the whole page, which loads nothing from elsewhere.

    With `every_seconds` it has a script that reads it from its server again so often; without, it has no
    script.
    """
    seen = report.status
    measures = {name: measures_of(each.load) for name, each in seen.services.items() if each}
    return assets.template(_FOLDER).render(
        report=report,
        status=seen,
        verdict=verdict(seen),
        measures=measures,
        charts={name: charts(report.hours.get(name, ()), now) for name, now in measures.items()},
        cost_lines=_costs(report),
        most_costs=_MOST_COSTS,
        age_of=age_of,
        every_seconds=every_seconds,
        style=assets.style() + assets.text(_FOLDER / "page.css"),
        script=assets.text(_FOLDER / "live.js"),
        script_hash=assets.script_hash(_FOLDER / "live.js"),
    )


def verdict(seen: Status) -> tuple[str, str]:
    """Return the state as a sentence, and its tone."""
    absent = [name for name, each in seen.services.items() if each is None]
    if absent:
        return "block", f"Not deployed: {', '.join(absent)}."
    unwell = [
        f"{name}: {', '.join(each.row()[1:4])}"
        for name, each in seen.services.items()
        if each and not each.ok
    ]
    if unwell:
        return "warn", f"{'; '.join(unwell)}."
    if seen.alarms:
        return "warn", f"Alarms: {', '.join(alarm.name for alarm in seen.alarms)}."
    return "calm", "All of it runs as it should."


def _costs(report: Report) -> list[tuple[str, str, str, float]]:
    """Return address, amount, basis and share of the longest bar of each line that costs something."""
    if report.cost.estimate is None:
        return []
    lines = [line for line in report.cost.estimate.lines if line.after]
    lines.sort(key=lambda line: -line.after)
    longest = max((line.after for line in lines), default=1.0)
    return [(line.address, dollars(line.after), line.basis, line.after / longest) for line in lines]

"""What `plan` shows: both stacks, with stand-ins for what only an apply can know."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from wrapper import image, sandbox
from wrapper.delivery import saved, slots, tfvars, variants
from wrapper.delivery.by_hand import by_hand
from wrapper.delivery.contents import Contents, predicted
from wrapper.delivery.plans import plan_app, plan_stack, review_plans
from wrapper.delivery.rules import refuse_what_aws_would
from wrapper.delivery.saved import Origin, Record, origin_of, tfvars_inputs
from wrapper.delivery.site import APP, FOUNDATION, Command, Site, enter, find
from wrapper.review import Review, views
from wrapper.terraform import PlanFile
from wrapper.terraform.state import Position


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What an apply would do, stack by stack, and what it means.

    `notes` says what could not be known. `record` says what the plans were made from, if requested.
    """

    plans: Sequence[PlanFile]
    review: Review
    notes: Sequence[str] = ()
    record: Record | None = None

    @property
    def has_changes(self) -> bool:
        return self.review.has_changes

    def text(self) -> str:
        """Return the review for a terminal, as wide as this one, with colours as ANSI codes."""
        return views.text(self.review)

    def markdown(self) -> str:
        """Return the review as a pull-request comment of at most `views.LIMIT` bytes."""
        return views.markdown(self.review)

    def save(self, folder: Path) -> tuple[Path, ...]:
        """Write review.md, .html and .json; return their paths.

        Raises OSError if the folder cannot be written to.
        """
        folder.mkdir(parents=True, exist_ok=True)
        files = {
            folder / "review.md": self.markdown(),
            folder / "review.html": views.html(self.review),
            folder / "review.json": json.dumps(views.document(self.review), indent=2) + "\n",
        }
        for path, text in files.items():
            path.write_text(text, encoding="utf-8")
        if self.record:
            saved.save(folder, self.record, self.plans)
        return tuple(files)

    def as_json(self) -> dict[str, Any]:
        return {
            "changes": self.has_changes,
            "stacks": {plan.stack: _plan_json(plan) for plan in self.plans},
            "review": views.document(self.review),
            "notes": list(self.notes),
            "inexact": list(self.record.inexact) if self.record else None,
        }


def _plan_json(plan: PlanFile) -> dict[str, Any]:
    return {
        "summary": asdict(plan.summary),
        "changes": [asdict(change) for change in plan.changes],
        "warnings": [warning.summary for warning in plan.warnings],
    }


def preview(command: Command, *, recorded: bool = False) -> Preview:
    """Plan without a change: a sandbox that was started for it is stopped again, unless others use it now.

    With `recorded` the result says what the plans were made from, so that they can be saved.
    """
    refuse_what_aws_would(command)
    image.require_engine(command.environment)
    running = find(command)
    site = running or enter(command)
    try:
        return _preview(site, recorded=recorded)
    finally:
        if running is None:
            sandbox.down(command.environment, root=command.home, if_alone=True)


def _preview(site: Site, *, recorded: bool) -> Preview:
    environment = site.command.environment
    # Read before planning: a change meanwhile must not look as if it had been planned with.
    before = _before(site) if recorded else None
    rendered = {FOUNDATION: tfvars.render_foundation(environment)}
    planned = plan_stack(site, FOUNDATION, rendered[FOUNDATION], lock=False)
    contents = predicted(site)
    app, contents = plan_app(site, environment, contents, lock=False, applicable=recorded)
    rendered[APP] = tfvars.render_app(environment, contents.renderable)
    plans = [planned, app]
    notes = [
        *contents.unknowns,
        *slots.phases(environment, contents),
        *variants.notes(site, environment, contents),
    ]
    added = by_hand(site, [plan.stack for plan in plans], plans)
    record = _record(site, before, contents, rendered, plans) if before else None
    review = review_plans(
        site,
        plans,
        additions=added,
        notes=notes,
        obstacles=record.inexact if record else (),
        allow=site.command.allow,
    )
    return Preview(plans=plans, review=review, notes=notes, record=record)


def _before(site: Site) -> tuple[Origin, dict[str, Position | None]]:
    command = site.command
    origin = origin_of(
        command.environment,
        root=command.root,
        executable=site.terraform.executable,
        overrides=command.overrides,
    )
    return origin, {stack: site.position(stack) for stack in (FOUNDATION, APP)}


def _record(
    site: Site,
    before: tuple[Origin, dict[str, Position | None]],
    contents: Contents,
    rendered: Mapping[str, str],
    plans: Sequence[PlanFile],
) -> Record:
    origin, states = before
    no_state = [f"{plan.stack}: it has no state bucket yet." for plan in plans if plan.preview]
    return Record(
        environment=site.command.environment.name,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        origin=replace(origin, inputs={**origin.inputs, **tfvars_inputs(rendered)}),
        states=states,
        contents=contents,
        inexact=(*no_state, *contents.missing),
        allow={**site.command.environment.review.allow, **site.command.allow},
    )

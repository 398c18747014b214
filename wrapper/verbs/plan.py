"""What `plan` shows: both stacks, with stand-ins for what only an apply can know."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from wrapper import image, sandbox
from wrapper.delivery import tfvars
from wrapper.delivery.outcome import Preview
from wrapper.delivery.planning import plan_stack, review_plans
from wrapper.delivery.prediction import Prediction, predict
from wrapper.delivery.saved import Origin, Record, origin_of, tfvars_inputs
from wrapper.delivery.site import APP, FOUNDATION, Command, Site, enter, find
from wrapper.terraform import PlanFile
from wrapper.terraform.state import Position


def preview(command: Command, *, recorded: bool = False) -> Preview:
    """Plan and touch nothing: a sandbox that has to run for it is stopped again.

    With `recorded` the result says what the plans were made from, so that they can be saved.
    """
    image.require_engine(command.environment)
    running = find(command)
    site = running or enter(command)
    try:
        return _preview(site, recorded=recorded)
    finally:
        if running is None:
            sandbox.down(command.environment, root=command.root)


def _preview(site: Site, *, recorded: bool) -> Preview:
    environment = site.command.environment
    # Before anything is planned: what moves meanwhile must not look as if it had been planned with.
    before = _before(site) if recorded else None
    rendered = {FOUNDATION: tfvars.render_foundation(environment)}
    planned = plan_stack(site, FOUNDATION, rendered[FOUNDATION])
    prediction = predict(site)
    rendered[APP] = tfvars.render_app(
        environment,
        model_bucket=prediction.model_bucket,
        releases=prediction.rendered,
        jobs=prediction.jobs,
    )
    plans = [planned, plan_stack(site, APP, rendered[APP])]
    notes = prediction.unknowns
    review = review_plans(site, plans, notes=notes, allow=site.command.allow)
    record = _record(site, before, prediction, rendered, plans) if before else None
    return Preview(plans=plans, review=review, notes=notes, record=record)


def _before(site: Site) -> tuple[Origin, dict[str, Position | None]]:
    command = site.command
    origin = origin_of(command.environment, root=command.root, executable=site.terraform.executable)
    return origin, {stack: site.position(stack) for stack in (FOUNDATION, APP)}


def _record(
    site: Site,
    before: tuple[Origin, dict[str, Position | None]],
    prediction: Prediction,
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
        images=prediction.images,
        releases=prediction.releases,
        jobs=prediction.jobs,
        model_bucket=prediction.model_bucket,
        inexact=(*no_state, *prediction.missing),
        allow={**site.command.environment.review.allow, **site.command.allow},
    )

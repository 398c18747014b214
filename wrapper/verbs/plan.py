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
from wrapper.delivery.site import APP, FOUNDATION, Ground, Job, enter, find
from wrapper.terraform import PlanFile
from wrapper.terraform.state import Position


def preview(job: Job, *, recorded: bool = False) -> Preview:
    """Plan and touch nothing: a sandbox that has to run for it is stopped again.

    With `recorded` the result says what the plans were made from, so that they can be saved.
    """
    image.require_engine(job.environment)
    running = find(job)
    ground = running or enter(job)
    try:
        return _preview(ground, recorded=recorded)
    finally:
        if running is None:
            sandbox.down(job.environment, root=job.root)


def _preview(ground: Ground, *, recorded: bool) -> Preview:
    environment = ground.job.environment
    # Before anything is planned: what moves meanwhile must not look as if it had been planned with.
    before = _before(ground) if recorded else None
    rendered = {FOUNDATION: tfvars.render_foundation(environment)}
    planned = plan_stack(ground, FOUNDATION, rendered[FOUNDATION])
    prediction = predict(ground)
    rendered[APP] = tfvars.render_app(
        environment,
        model_bucket=prediction.model_bucket,
        releases=prediction.rendered,
        jobs=prediction.jobs,
    )
    plans = [planned, plan_stack(ground, APP, rendered[APP])]
    notes = prediction.unknowns
    review = review_plans(ground, plans, notes=notes, allow=ground.job.allow)
    record = _record(ground, before, prediction, rendered, plans) if before else None
    return Preview(plans=plans, review=review, notes=notes, record=record)


def _before(ground: Ground) -> tuple[Origin, dict[str, Position | None]]:
    job = ground.job
    origin = origin_of(job.environment, root=job.root, executable=ground.terraform.executable)
    return origin, {stack: ground.position(stack) for stack in (FOUNDATION, APP)}


def _record(
    ground: Ground,
    before: tuple[Origin, dict[str, Position | None]],
    prediction: Prediction,
    rendered: Mapping[str, str],
    plans: Sequence[PlanFile],
) -> Record:
    origin, states = before
    no_state = [f"{plan.stack}: it has no state bucket yet." for plan in plans if plan.preview]
    return Record(
        environment=ground.job.environment.name,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        origin=replace(origin, inputs={**origin.inputs, **tfvars_inputs(rendered)}),
        states=states,
        images=prediction.images,
        releases=prediction.releases,
        jobs=prediction.jobs,
        model_bucket=prediction.model_bucket,
        inexact=(*no_state, *prediction.missing),
        allow={**ground.job.environment.review.allow, **ground.job.allow},
    )

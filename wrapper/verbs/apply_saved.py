"""The story of `apply --plan`: compare, review, and apply the saved files, which nothing has moved under."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from wrapper.delivery import saved, tfvars
from wrapper.delivery import steps as stages
from wrapper.delivery.outcome import Applied
from wrapper.delivery.planning import review_plans
from wrapper.delivery.prediction import predict
from wrapper.delivery.saved import Origin, Record
from wrapper.delivery.site import APP, FOUNDATION, Command, Site, find
from wrapper.delivery.steps import NOTHING, Candidate
from wrapper.delivery.verify import verify
from wrapper.environment.release import ModelVersion
from wrapper.errors import ConfigError, MovedError
from wrapper.terraform import PlanFile, Terraform
from wrapper.verbs import rollback


def apply_saved(command: Command, folder: Path) -> Applied:
    """Apply the plan that was saved in the folder, and verify it; the verdict may be bad.

    Raises MovedError with everything that is not as it was, before anything is changed.
    """
    started = time.monotonic()
    record = saved.read(folder)
    with command.console.step("Compare with the saved plan") as step:
        site, plans = _compare(command, folder, record)
        step.result(f"nothing has moved since {record.at}")
    releases = record.releases
    candidate = Candidate(
        environment=command.environment,
        images=record.images,
        releases=releases,
        jobs=record.jobs,
        model_bucket=record.model_bucket,
    )
    users = stages.users_of(site, command.environment, releases)
    with site.hold("apply"):
        # Somebody may have been at it between the comparison and the lock.
        _refuse(list(_moved_states(site, record)), record)
        stages.protect_releases(site)
        return _apply(site, record, plans, candidate, users, started)


def _apply(
    site: Site,
    record: Record,
    plans: Sequence[PlanFile],
    candidate: Candidate,
    users: Mapping[str, Sequence[str]],
    started: float,
) -> Applied:
    verify(site).raise_unless_good()
    _initialise(site, record)
    review = review_plans(site, plans, allow={**record.allow, **site.command.allow})
    done = NOTHING
    if review.has_changes:
        stages.consent(site, review, question="Apply both stacks", agreed=False)
        for plan in plans:
            if plan.has_changes:
                done += stages.apply_plan(site, plan, review)
    return rollback.recovering(
        site, lambda: stages.verify(site, candidate, done, users=users, started=started)
    )


def _compare(command: Command, folder: Path, record: Record) -> tuple[Site, list[PlanFile]]:
    """Return where to apply and what; look at the clone first, then at AWS."""
    if record.environment != command.environment.name:
        problem = f"{folder} must be a plan of {command.environment.name}, got one of {record.environment}."
        raise ConfigError("--plan", [problem])
    if record.inexact:
        raise MovedError(
            "\n  ".join(
                [
                    f"the plan of {record.environment} is not exact: what it shows was predicted",
                    *record.inexact,
                ]
            ),
            fix=f"python -m wrapper publish {record.environment}, then plan again",
        )
    plans, problems = saved.plan_files(folder, record)
    _refuse([*problems, *saved.moved(record.origin, _now(command, record))], record)
    site = find(command)
    if site is None:
        raise _refused(["its sandbox must run for this clone, got none."], record)
    _refuse(list(_elsewhere(site, record)), record)
    return site, plans


def _refuse(problems: Sequence[str], record: Record) -> None:
    if problems:
        raise _refused(problems, record)


def _refused(problems: Sequence[str], record: Record) -> MovedError:
    return MovedError(
        "\n  ".join([f"the plan of {record.environment} of {record.at} cannot be applied", *problems]),
        fix="plan again, review, and apply the new plan",
    )


def _now(command: Command, record: Record) -> Origin:
    now = saved.origin_of(command.environment, root=command.root, executable=Terraform.find())
    return replace(now, inputs={**now.inputs, **saved.tfvars_inputs(_rendered(command, record))})


def _elsewhere(site: Site, record: Record) -> Iterator[str]:
    """Compare what is not in the clone: the states, and what was published of what is in it."""
    yield from _moved_states(site, record)
    prediction = predict(site)
    for name, then in record.images.items():
        now = prediction.images[name]
        if now.reference != then.reference:
            yield f"the image of {name} must be built from the files that it was built from, got other ones."
        elif not now.published:
            yield f"the image of {name} must be in its repository, got none."
    for name, release in record.releases.items():
        model = prediction.releases[name].model
        declared = site.command.environment.services[name].model
        if declared and declared.follow and model:
            continue  # a job may point it to a newer one at any time, and it follows by itself
        if model != release.model:
            yield f"the model of {name} must be {_label(release.model)}, got {_label(model)}."


def _label(model: ModelVersion | None) -> str:
    if model is None:
        return "none"
    return f"{model.label} (sha256 {model.sha256[:12]})" if model.sha256 else f"{model.label}, not published"


def _moved_states(site: Site, record: Record) -> Iterator[str]:
    states = {stack: site.position(stack) for stack in record.states}
    yield from saved.moved_states(record.states, states)


def _rendered(command: Command, record: Record) -> dict[str, str]:
    """Render as the plan did: with its releases, down to the number of tasks that ran then."""
    return {
        FOUNDATION: tfvars.render_foundation(command.environment),
        APP: tfvars.render_app(
            command.environment, model_bucket=record.model_bucket, releases=record.releases, jobs=record.jobs
        ),
    }


def _initialise(site: Site, record: Record) -> None:
    for stack, rendered in _rendered(site.command, record).items():
        with site.command.console.step(f"Prepare {stack}"):
            site.terraform.init(stack, tfvars=rendered, backend=site.backend(stack))

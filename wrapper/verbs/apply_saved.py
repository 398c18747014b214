"""Apply --plan: compare, and deliver the saved plan files if nothing has changed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from wrapper.delivery import saved, tfvars
from wrapper.delivery.applied import Applied
from wrapper.delivery.contents import predicted
from wrapper.delivery.deliver import deliver
from wrapper.delivery.roll_out import Candidate
from wrapper.delivery.saved import Origin, Record
from wrapper.delivery.site import APP, FOUNDATION, Command, Site, find
from wrapper.environment.release import ModelVersion
from wrapper.errors import ConfigError, MovedError
from wrapper.terraform import PlanFile, Terraform


def apply_saved(command: Command, folder: Path) -> Applied:
    """Apply the plan that was saved in the folder, and verify it; the verdict may be bad.

    Raises MovedError with everything that has changed, before it changes anything.
    """
    record = saved.read(folder)
    command = replace(command, allow={**record.allow, **command.allow})
    with command.console.step("Compare with the saved plan") as step:
        site, plans = _compare(command, folder, record)
        step.result(f"nothing has changed since {record.at}")
    choose = partial(_candidate, record=record, plans=plans)
    try:
        return deliver(site, choose, operation="apply", foundation=False)
    finally:
        for plan in plans:
            plan.path.unlink(missing_ok=True)


def _candidate(site: Site, *, record: Record, plans: Sequence[PlanFile]) -> Candidate:
    # Something may have changed between the comparison and the lock.
    _refuse(list(_moved_states(site, record)), record)
    for stack, rendered in _rendered(site.command, record).items():
        with site.command.console.step(f"Prepare {stack}"):
            site.terraform.init(stack, tfvars=rendered, backend=site.backend(stack))
    return Candidate(environment=site.command.environment, contents=record.contents, plans=plans)


def _compare(command: Command, folder: Path, record: Record) -> tuple[Site, list[PlanFile]]:
    """Return where to apply and what; check the clone first, then AWS."""
    if record.environment != command.environment.name:
        problem = f"{folder} must be a plan of {command.environment.name}, got one of {record.environment}."
        raise ConfigError("--plan", [problem])
    if record.inexact:
        raise MovedError(
            "\n  ".join(
                [
                    f"the plan of {record.environment} is not exact: it was made with predictions",
                    *record.inexact,
                ]
            ),
            fix=f"python -m wrapper publish {command.environment.called}, then plan again",
        )
    plans, problems = saved.take(folder, record, work=command.work)
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
    now = saved.origin_of(
        command.environment,
        root=command.root,
        executable=Terraform.find(),
        overrides=command.overrides,
    )
    return replace(now, inputs={**now.inputs, **saved.tfvars_inputs(_rendered(command, record))})


def _elsewhere(site: Site, record: Record) -> Iterator[str]:
    """Compare what is not in the clone: the states, and what was published from it."""
    yield from _moved_states(site, record)
    now_there = predicted(site)
    for name, then in record.contents.images.items():
        now = now_there.images[name]
        if now.reference != then.reference:
            yield f"the image of {name} must be built from the files that it was built from, got other ones."
        elif not now.published:
            yield f"the image of {name} is missing from its repository."
    for name, release in record.contents.releases.items():
        model = now_there.releases[name].model
        declared = site.command.environment.services[name].model
        if declared and declared.follow and model:
            continue  # a job may set the pointer to a newer one at any time, and the service follows
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
    """Render as the plan did: with its releases, and the number of tasks that ran then."""
    return {
        FOUNDATION: tfvars.render_foundation(command.environment),
        APP: tfvars.render_app(command.environment, record.contents),
    }

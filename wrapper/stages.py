"""The stages that apply and rollback share: apply a stack by its plan, then wait, smoke-test and record."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wrapper import history, rollout, smoke, tfvars
from wrapper.environment import Environment
from wrapper.errors import Aborted
from wrapper.ground import APP, Ground
from wrapper.history import Release, ServiceRecord
from wrapper.image import Image
from wrapper.outcome import Applied, changes_text
from wrapper.plan import Summary
from wrapper.release import ServiceRelease
from wrapper.smoke import Verdict

NOTHING = Summary()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is to run: the environment, and an image and a model for each of its services.

    `done` is what the foundation's plan did before, `back_to` the release that a rollback took it from;
    `agreed` means that nobody needs to be asked.
    """

    environment: Environment
    images: Mapping[str, Image]
    releases: Mapping[str, ServiceRelease]
    model_bucket: Mapping[str, str]
    done: Summary = NOTHING
    back_to: int | None = None
    agreed: bool = False


def roll_out(ground: Ground, candidate: Candidate, *, started: float) -> Applied:
    """Plan, apply, wait, smoke-test and, if all is well, record; `started` is of `time.monotonic`.

    Raises RolloutError; a bad smoke test is returned, see `Applied.ok`.
    """
    environment, releases = candidate.environment, candidate.releases
    users = users_of(ground, environment, releases)  # a list that can't be read fails before anything changes
    rendered = tfvars.render_app(environment, model_bucket=candidate.model_bucket, releases=releases)
    done = total([candidate.done, apply_stack(ground, APP, rendered, agreed=candidate.agreed)])
    outputs = ground.outputs(APP)
    _wait(ground, environment, outputs)
    url = ground.public_url(outputs["url"])
    applied = Applied(
        environment=environment.name,
        url=url,
        changes=done.total,
        images=candidate.images,
        releases=releases,
        verdicts=_smoke(ground, environment, url, releases, users),
        seconds=round(time.monotonic() - started, 1),
    )
    if applied.ok:
        _record(ground, _draft(ground, candidate, done, outputs, applied))
    return applied


def apply_stack(ground: Ground, stack: str, rendered: str, *, agreed: bool = False) -> Summary:
    """Plan, ask if there is something to agree to, apply that very plan; return what it did."""
    console = ground.job.console
    with console.step(f"Plan {stack}") as step:
        ground.terraform.init(stack, tfvars=rendered, backend=ground.backend(stack))
        planned = ground.terraform.plan(stack, progress=step.progress)
        step.result(str(planned.summary) if planned.has_changes else "no changes")
    if not planned.has_changes:
        return NOTHING
    if ground.sandbox is None and not agreed:
        console.note(changes_text(planned))
        if not console.confirm(f"Apply {stack} to account {ground.job.environment.account_id}?"):
            raise Aborted(f"{stack} was not applied")
    with console.step(f"Apply {stack}") as step:
        ground.terraform.apply(planned, progress=step.progress)
        step.result(str(planned.summary))
    return planned.summary


def total(summaries: list[Summary]) -> Summary:
    return Summary(
        add=sum(each.add for each in summaries),
        change=sum(each.change for each in summaries),
        destroy=sum(each.destroy for each in summaries),
    )


def _wait(ground: Ground, environment: Environment, outputs: Mapping[str, Any]) -> None:
    targets = {
        name: rollout.ServiceTarget(
            service_name=output["service_name"],
            task_definition_arn=output["task_definition_arn"],
            target_group_arn=output["target_group_arn"],
            log_group_name=output["log_group_name"],
            deadline_seconds=environment.services[name].rollout.deadline_seconds,
            failed_tasks=environment.services[name].rollout.failed_tasks,
        )
        for name, output in outputs["services"].items()
    }
    with ground.job.console.step("Wait for the roll-out") as step:
        rollout.wait(ground.aws, cluster=outputs["cluster"]["name"], services=targets, progress=step.progress)
        step.result("every task runs, every target is healthy")


def users_of(
    ground: Ground, environment: Environment, releases: Mapping[str, ServiceRelease]
) -> dict[str, Sequence[str]]:
    """Return whom the smoke test of each service asks for beside its declared requests."""
    return {
        name: smoke.chosen(ground.aws, service.smoke.canary, root=ground.job.root, release=releases[name])
        for name, service in environment.services.items()
    }


def _smoke(
    ground: Ground,
    environment: Environment,
    url: str,
    releases: Mapping[str, ServiceRelease],
    users: Mapping[str, Sequence[str]],
) -> dict[str, Verdict]:
    verdicts = {}
    for name, service in environment.services.items():
        with ground.job.console.step(f"Smoke-test {name}") as step:
            verdicts[name] = smoke.run(
                url,
                service=service,
                release=releases[name],
                uids=users[name],
                progress=step.progress,
            )
            step.result(verdicts[name].summary)
    return verdicts


def _record(ground: Ground, draft: Release) -> None:
    """Keep the release, unless the newest one is the same: an apply that changes nothing makes none."""
    bucket = ground.job.environment.state_bucket
    with ground.job.console.step("Record the release") as step:
        last = history.newest(ground.aws, bucket=bucket)
        if last and last.runs_like(draft):
            step.result(f"release {last.number}, as before")
        else:
            step.result(f"release {history.append(ground.aws, bucket=bucket, draft=draft).number}")


def _draft(
    ground: Ground, candidate: Candidate, done: Summary, outputs: Mapping[str, Any], applied: Applied
) -> Release:
    return Release(
        number=0,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        who=history.who(ground.aws),
        commit=history.commit(ground.job.root),
        changes={"add": done.add, "change": done.change, "destroy": done.destroy},
        back_to=candidate.back_to,
        services={
            name: ServiceRecord(
                image=release.image,
                model=release.model,
                task_definition_arn=outputs["services"][name]["task_definition_arn"],
                settings=candidate.environment.services[name].model_dump(mode="json", exclude_unset=True),
                verdict=applied.verdicts[name].as_json(),
            )
            for name, release in candidate.releases.items()
        },
    )

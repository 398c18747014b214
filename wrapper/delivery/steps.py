"""The stages that apply and rollback share: apply a stack by its plan, then wait, smoke-test and record."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from wrapper import model, smoke
from wrapper import releases as history
from wrapper.aws.identity import who
from wrapper.delivery import tfvars
from wrapper.delivery.outcome import Applied
from wrapper.delivery.planning import plan_stack, refuse_blocked, review_plans
from wrapper.delivery.site import APP, Site
from wrapper.ecs import rollout
from wrapper.environment import Environment, Service
from wrapper.environment.clone import commit
from wrapper.environment.release import JobRelease, ServiceRelease
from wrapper.errors import Aborted
from wrapper.image import Image
from wrapper.releases import Release, RolloutTime, ServiceRecord
from wrapper.review import Review, views
from wrapper.smoke import Verdict
from wrapper.terraform import PlanFile
from wrapper.terraform.plan import Summary


@dataclass(frozen=True, kw_only=True)
class Done:
    """What applied plans did, and which rules of the review they were allowed to break, and why.

    `bounds` are the longest that the roll-outs may take, in seconds by service.
    """

    summary: Summary = field(default_factory=Summary)
    allowed: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Done") -> "Done":
        return Done(
            summary=self.summary + other.summary,
            allowed={**self.allowed, **other.allowed},
            bounds={**self.bounds, **other.bounds},
        )


NOTHING = Done()


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is to run: the environment, an image and a model for each of its services, an image for each job.

    `done` is what the foundation's plan did before, `back_to` the release that a rollback took it from;
    `promoted_from` the other environment's release that it comes from; `agreed` means that nobody needs to be
    asked.
    """

    environment: Environment
    images: Mapping[str, Image]
    releases: Mapping[str, ServiceRelease]
    model_bucket: Mapping[str, str]
    jobs: Mapping[str, JobRelease] = field(default_factory=dict)
    done: Done = NOTHING
    back_to: int | None = None
    promoted_from: str | None = None
    agreed: bool = False


def roll_out(site: Site, candidate: Candidate, *, started: float) -> Applied:
    """Plan, apply, wait, smoke-test and, if all is well, record; `started` is of `time.monotonic`.

    Raises RolloutError; a bad smoke test is returned, see `Applied.ok`.
    """
    environment, releases = candidate.environment, candidate.releases
    users = users_of(site, environment, releases)  # a list that can't be read fails before anything changes
    rendered = tfvars.render_app(
        environment, model_bucket=candidate.model_bucket, releases=releases, jobs=candidate.jobs
    )
    done = candidate.done + apply_stack(site, APP, rendered, agreed=candidate.agreed)
    return verify(site, candidate, done, users=users, started=started)


def verify(
    site: Site, candidate: Candidate, done: Done, *, users: Mapping[str, Sequence[str]], started: float
) -> Applied:
    """Wait for what was applied, smoke-test it, also for `users` by service, and record it if all is well."""
    environment, releases = candidate.environment, candidate.releases
    outputs = site.outputs(APP)
    rollouts = _measured(_wait(site, environment, outputs, done.bounds), done.bounds)
    url = site.public_url(outputs["url"])
    applied = Applied(
        environment=environment.name,
        url=url,
        changes=done.summary.total,
        images=candidate.images,
        releases=releases,
        verdicts=_smoke(site, environment, outputs, releases, users),
        allowed=done.allowed,
        rollouts=rollouts,
        seconds=round(time.monotonic() - started, 1),
    )
    if applied.ok:
        number = _record(site, _draft(site, candidate, done, outputs, applied))
        return replace(applied, release=number)
    return applied


def protect_releases(site: Site) -> None:
    """See to it that no image expires that a release runs, before the foundation says which do."""
    environment = site.command.environment
    protected = history.protect(
        site.aws, bucket=environment.state_bucket, repositories=environment.repository_names
    )
    if protected:
        numbers = ", ".join(str(number) for number in protected)
        site.command.console.note(f"the images of release {numbers} are kept from expiring from now on.")


def apply_stack(site: Site, stack: str, rendered: str, *, agreed: bool = False) -> Done:
    """Plan, review, ask if there is something to agree to, apply that very plan; return what it did.

    Raises BlockedError if a rule of the review objects and nobody has allowed it, `agreed` or not.
    """
    planned = plan_stack(site, stack, rendered)
    if not planned.has_changes:
        return NOTHING
    review = review_plans(site, [planned], allow=site.command.allow)
    consent(site, review, question=f"Apply {stack}", agreed=agreed)
    return apply_plan(site, planned, review)


def consent(site: Site, review: Review, *, question: str, agreed: bool) -> None:
    """Show the review where somebody has to agree to it or must not; raise Aborted or BlockedError."""
    console = site.command.console
    must_ask = site.sandbox is None and not agreed
    if must_ask or review.blocked:
        console.note(views.text(review))
    refuse_blocked(review)
    for rule, reason in review.allowed.items():
        console.warn(f"{rule} is allowed: {reason}")
    if must_ask and not console.confirm(f"{question} to account {site.command.environment.account_id}?"):
        raise Aborted("nothing was applied")


def apply_plan(site: Site, planned: PlanFile, review: Review) -> Done:
    """Apply a saved plan that was reviewed and agreed to."""
    with site.command.console.step(f"Apply {planned.stack}") as step:
        site.terraform.apply(planned, progress=step.progress)
        step.result(str(planned.summary))
    return Done(
        summary=planned.summary,
        allowed=review.allowed,
        bounds={bound.service: bound.seconds for bound in review.rollouts},
    )


def _measured(waited: Mapping[str, rollout.Rollout], bounds: Mapping[str, int]) -> dict[str, RolloutTime]:
    """Set the time beside its bound for each service that had anything to roll out."""
    return {
        name: RolloutTime(seconds=round(each.seconds, 1), bound_seconds=bounds[name])
        for name, each in waited.items()
        if name in bounds
    }


def _wait(
    site: Site, environment: Environment, outputs: Mapping[str, Any], bounds: Mapping[str, int]
) -> Mapping[str, rollout.Rollout]:
    targets = {
        name: rollout.ServiceTarget(
            service_name=output["service_name"],
            task_definition_arn=output["task_definition_arn"],
            target_group_arn=output["target_group_arn"],
            log_group_name=output["log_group_name"],
            deadline_seconds=environment.services[name].rollout.deadline_seconds,
            failed_tasks=environment.services[name].rollout.failed_tasks,
            bound_seconds=bounds.get(name),
            settle_seconds=environment.services[name].health.seconds_to_healthy,
        )
        for name, output in outputs["services"].items()
    }
    with site.command.console.step("Wait for the roll-out") as step:
        waited = rollout.wait(
            site.aws, cluster=outputs["cluster"]["name"], services=targets, progress=step.progress
        )
        asleep = ", ".join(name for name, each in waited.items() if each.tasks == 0)
        result = "every task runs, every target is healthy"
        step.result(f"{result}; at rest: {asleep}" if asleep else result)
    return waited


def users_of(
    site: Site, environment: Environment, releases: Mapping[str, ServiceRelease]
) -> dict[str, Sequence[str]]:
    """Return whom the smoke test of each service asks for beside its declared requests."""
    return {
        name: smoke.chosen(site.aws, service.smoke.canary, root=site.command.root, release=releases[name])
        for name, service in environment.services.items()
    }


def _smoke(
    site: Site,
    environment: Environment,
    outputs: Mapping[str, Any],
    releases: Mapping[str, ServiceRelease],
    users: Mapping[str, Sequence[str]],
) -> dict[str, Verdict]:
    verdicts = {}
    for name, service in environment.services.items():
        with site.command.console.step(f"Smoke-test {name}") as step:
            url = site.public_url(outputs["services"][name]["url"])
            if releases[name].is_asleep:
                verdicts[name] = smoke.asleep(url)
            else:
                verdicts[name] = smoke.run(
                    url,
                    service=service,
                    release=with_newer(site, service, releases[name]),
                    uids=users[name],
                    progress=step.progress,
                )
            step.result(verdicts[name].summary)
    return verdicts


def with_newer(site: Site, service: Service, release: ServiceRelease) -> ServiceRelease:
    """Add what a pointer names by now: a job may have moved it since the plan was made."""
    if service.model is None or not service.model.follow:
        return release
    bucket = site.command.environment.model_bucket
    return replace(release, newer=model.pointed(site.aws, bucket=bucket, name=service.model.name))


def _record(site: Site, draft: Release) -> int:
    """Keep the release, unless the newest one is the same: an apply that changes nothing makes none.

    Return its number.
    """
    bucket = site.command.environment.state_bucket
    with site.command.console.step("Record the release") as step:
        last = history.newest(site.aws, bucket=bucket)
        if last and last.runs_like(draft):
            step.result(f"release {last.number}, as before")
            return last.number
        release = history.append(site.aws, bucket=bucket, draft=draft)
        history.protect_release(site.aws, release, repositories=site.command.environment.repository_names)
        step.result(f"release {release.number}")
    return release.number


def _draft(
    site: Site, candidate: Candidate, done: Done, outputs: Mapping[str, Any], applied: Applied
) -> Release:
    return Release(
        number=0,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        who=who(site.aws),
        commit=commit(site.command.root),
        changes=asdict(done.summary),
        allowed=done.allowed,
        back_to=candidate.back_to,
        promoted_from=candidate.promoted_from,
        jobs={name: job.image for name, job in candidate.jobs.items()},
        services={
            name: ServiceRecord(
                image=release.image,
                model=release.model,
                task_definition_arn=outputs["services"][name]["task_definition_arn"],
                settings=candidate.environment.services[name].model_dump(mode="json", exclude_unset=True),
                verdict=applied.verdicts[name].as_json(),
                rollout=applied.rollouts.get(name),
            )
            for name, release in candidate.releases.items()
        },
    )

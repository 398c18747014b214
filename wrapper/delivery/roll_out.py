"""From what was chosen to a verdict: apply, wait, run the smoke test, and record a release if all is good."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from wrapper import releases
from wrapper.aws.client import explained
from wrapper.aws.identity import who
from wrapper.delivery import canary, slots, standing, steps, variants
from wrapper.delivery.applied import Applied
from wrapper.delivery.contents import Contents
from wrapper.delivery.plans import NO_CHANGES, Changes, apply_planned, apply_together, plan_app
from wrapper.delivery.site import Site
from wrapper.ecs.weights import WHOLE, give
from wrapper.environment import Environment
from wrapper.environment.clone import commit
from wrapper.releases import Release, ServiceRecord
from wrapper.smoke import Material
from wrapper.terraform import PlanFile
from wrapper.terraform.outputs import App


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is to run, in which environment, and where it comes from.

    `plans` are saved ones of both stacks, to be applied instead of a new one of the app. `back_to` is the
    release of a rollback, `promoted_from` the other environment's release; `agreed` means that nobody has to
    be asked.
    """

    environment: Environment
    contents: Contents
    plans: Sequence[PlanFile] = ()
    back_to: int | None = None
    promoted_from: str | None = None
    agreed: bool = False


def roll_out(site: Site, candidate: Candidate, *, before: Changes = NO_CHANGES) -> Applied:
    """Apply, wait, test and, if all is good, record; `before` is what the foundation's plan changed.

    Raises RolloutError; a bad smoke test is returned, see `Applied.ok`.
    """
    environment, contents = candidate.environment, candidate.contents
    # An unreadable file should fail before anything changes.
    material = steps.material_of(site, environment, contents)
    is_back = candidate.back_to is not None
    if is_back and (ready := _ready(site, candidate)):
        return _go_back(site, candidate, ready, material)
    done, contents = _apply(site, candidate)
    changes, candidate = before + done, replace(candidate, contents=contents)
    steps.tell_egress(site, environment)
    app = site.require_app()
    rollouts = steps.wait(site, environment, app, bounds=changes.bounds, candidates=contents.candidates)
    watched = canary.watches(site, environment, app, contents)
    verdicts, answers = canary.tested(
        site, environment, app, contents, watched, material=material, at_once=is_back
    )
    if all(each.ok for each in verdicts.values()):
        with canary.given(site, environment, app, contents, watched, at_once=is_back):
            app = site.require_app()
            verdicts = steps.smoke_test(site, environment, app, contents, material=material)
        if all(each.ok for each in verdicts.values()):
            variants.let_in(site, environment, app, contents)
        else:
            canary.take_back(site, app, contents)
    applied = Applied(
        environment=environment.name,
        url=site.public_url(app.url),
        verdicts=verdicts,
        changes=changes.summary.total,
        images=contents.images,
        releases=contents.releases,
        allowed=changes.allowed,
        rollouts=rollouts,
        answers=answers,
        jobs={name: contents.jobs[name] for name in environment.jobs},  # without what fetches models
        starts={name: job.starts for name, job in environment.jobs.items()},
        seconds=round(time.monotonic() - site.command.started, 1),
    )
    if not applied.ok:
        return applied
    return replace(applied, release=_record(site, _draft(site, candidate, changes, app, applied)))


def _ready(site: Site, candidate: Candidate) -> dict[str, standing.Standing]:
    """Return whom requests are given to, and no more, to go back; none if that takes a roll-out."""
    environment = site.command.environment
    assert candidate.back_to is not None
    release = releases.find(site.aws, bucket=environment.state_bucket, number=candidate.back_to)
    return standing.at_once(standing.standings(site, candidate.environment), release)


def _go_back(
    site: Site,
    candidate: Candidate,
    ready: Mapping[str, standing.Standing],
    material: Mapping[str, Material],
) -> Applied:
    """Give all requests to the slots that have the release, then run the smoke test."""
    environment, contents = candidate.environment, candidate.contents
    for name, stands in ready.items():
        with site.command.console.step(f"Give {name} back to the version before"):
            _enlarge(site, stands)
            give(site.aws, stands.output, stands.good, WHOLE)
    app = site.require_app()
    applied = Applied(
        environment=environment.name,
        url=site.public_url(app.url),
        verdicts=steps.smoke_test(site, environment, app, contents, material=material),
        changes=0,
        images=contents.images,
        releases=contents.releases,
        jobs=contents.jobs,
        starts={name: job.starts for name, job in environment.jobs.items()},
        seconds=round(time.monotonic() - site.command.started, 1),
    )
    if not applied.ok:
        return applied
    return replace(applied, release=_record(site, _draft(site, candidate, NO_CHANGES, app, applied)))


def _enlarge(site: Site, stands: standing.Standing) -> None:
    """Let a slot have as many tasks as the one that gives it the requests, which don't wait for them."""
    most, live = max(each.desired for each in stands.live.values()), stands.live[stands.good]
    if live.desired < most:
        with explained():
            site.aws.ecs.update_service(
                cluster=site.command.environment.cluster_name, service=live.name, desiredCount=most
            )


def _apply(site: Site, candidate: Candidate) -> tuple[Changes, Contents]:
    """Apply; return the changes, and the contents with the version of each slot."""
    environment, contents = candidate.environment, candidate.contents
    if candidate.plans:
        images = {name: release.image for name, release in contents.releases.items()}
        slots.settle(site, environment, contents, standing.standings(site, environment))
        return apply_together(site, candidate.plans, images=images), contents
    planned, contents = plan_app(site, environment, contents)
    going_back = candidate.back_to is not None
    notes = () if going_back else _notes(site, environment, contents)
    done = apply_planned(site, planned, agreed=candidate.agreed, going_back=going_back, notes=notes)
    return done, contents


def _notes(site: Site, environment: Environment, contents: Contents) -> tuple[str, ...]:
    return (*slots.phases(environment, contents), *variants.notes(site, environment, contents))


def _record(site: Site, draft: Release) -> int:
    """Keep the release, unless the newest one is the same: an apply without changes records none.

    Returns its number.
    """
    environment = site.command.environment
    with site.command.console.step("Record the release") as step:
        last = releases.newest(site.aws, bucket=environment.state_bucket, tell=site.command.console.warn)
        if last and last.runs_like(draft) and not variants.is_first_test(last, draft):
            step.result(f"release {last.number}, as before")
            return last.number
        release = releases.append(site.aws, bucket=environment.state_bucket, draft=draft)
        releases.protect_release(site.aws, release, repositories=environment.repository_names)
        step.result(f"release {release.number}")
    return release.number


def _draft(site: Site, candidate: Candidate, changes: Changes, app: App, applied: Applied) -> Release:
    services = candidate.environment.services
    return Release(
        number=0,
        at=site.aws.now().isoformat(timespec="seconds"),
        who=who(site.aws),
        commit=commit(site.command.root),
        changes=asdict(changes.summary),
        allowed=changes.allowed,
        back_to=candidate.back_to,
        promoted_from=candidate.promoted_from,
        jobs={name: job.image for name, job in candidate.contents.jobs.items()},
        services={
            name: ServiceRecord(
                image=release.image,
                model=release.model,
                task_definition_arn=app.services[name].task_definition_arn,
                # The whole file: missing keys must not get the defaults of a later version.
                settings=services[name].model_dump(mode="json"),
                verdict=applied.verdicts[name].as_json(),
                rollout=applied.rollouts.get(name),
            )
            for name, release in candidate.contents.releases.items()
        },
    )

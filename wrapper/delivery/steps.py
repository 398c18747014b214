"""The steps of a delivery around its plans: protect what releases run, wait, run the smoke test."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from wrapper import model, releases, smoke
from wrapper.delivery.contents import Contents
from wrapper.delivery.site import Site
from wrapper.delivery.variants import headers_of
from wrapper.ecs import rollout
from wrapper.environment import Environment, Service, told
from wrapper.environment.release import ServiceRelease
from wrapper.releases import RolloutTime
from wrapper.smoke import Material, Verdict
from wrapper.terraform.outputs import App, ServiceOutput


def protect_releases(site: Site) -> None:
    """Tag the images of releases, before the foundation's lifecycle policy can expire them."""
    environment = site.command.environment
    protected = releases.protect(
        site.aws,
        bucket=environment.state_bucket,
        repositories=environment.repository_names,
        tell=site.command.console.warn,
    )
    if protected:
        numbers = ", ".join(str(number) for number in protected)
        site.command.console.note(f"the images of release {numbers} are kept from expiring from now on.")


def tell_egress(site: Site, environment: Environment) -> None:
    """Say what tasks reach on AWS, where nobody would notice: in a sandbox they reach other things."""
    if site.sandbox is None:
        return
    owners = {name: service.egress for name, service in environment.services.items()}
    owners |= {name: job.egress for name, job in environment.jobs.items()}
    site.command.console.note(f"{'; '.join(told(owners))}; here, {site.sandbox.reached}.")


def material_of(site: Site, environment: Environment, contents: Contents) -> dict[str, Material]:
    """Read what each service's smoke test needs in addition to its declaration."""
    root, bucket = site.command.root, site.command.environment.model_bucket
    return {
        name: smoke.gather(site.aws, service, root=root, bucket=bucket, release=contents.releases[name])
        for name, service in environment.services.items()
    }


def wait(
    site: Site,
    environment: Environment,
    app: App,
    *,
    bounds: Mapping[str, int],
    candidates: Mapping[str, str] | None = None,
) -> dict[str, RolloutTime]:
    """Wait until every task runs and every target is healthy; raises RolloutError.

    For a service with a candidate, that slot is waited for, because the old version keeps running. Returns
    the durations by service, for those that had something to roll out.
    """
    released = releases.newest(site.aws, bucket=environment.state_bucket)
    slots = candidates or {}
    outputs = {
        name: output.at(slots[name]) if name in slots else output for name, output in app.services.items()
    }
    # A review names a service by its ECS name.
    bounds = {
        name: bounds[output.service_name] for name, output in outputs.items() if output.service_name in bounds
    }
    targets = {
        name: rollout.ServiceTarget(
            service_name=output.service_name,
            task_definition_arn=output.task_definition_arn,
            target_group_arn=output.target_group_arn,
            log_group_name=output.log_group_name,
            stands_beside=name if name in slots else "",
            deadline_seconds=environment.services[name].rollout.deadline_seconds,
            failed_tasks=environment.services[name].rollout.failed_tasks,
            bound_seconds=bounds.get(name),
            settle_seconds=environment.services[name].health.seconds_to_healthy,
            released_at=datetime.fromisoformat(released.at)
            if released and name in released.services
            else None,
        )
        for name, output in outputs.items()
    }
    with site.command.console.step("Wait for the roll-out") as step:
        waited = rollout.wait(
            site.aws, cluster=environment.cluster_name, services=targets, progress=step.progress
        )
        asleep = ", ".join(name for name, each in waited.items() if each.tasks == 0)
        result = "every task runs, every target is healthy"
        step.result(f"{result}; without tasks now: {asleep}" if asleep else result)
    return {
        name: RolloutTime(seconds=round(each.seconds, 1), bound_seconds=bounds[name])
        for name, each in waited.items()
        if name in bounds
    }


def smoke_test(
    site: Site, environment: Environment, app: App, contents: Contents, *, material: Mapping[str, Material]
) -> dict[str, Verdict]:
    """Run the smoke test of every service, with the `material` for it; not for one that has no tasks now."""
    return {
        name: ask(
            site,
            environment,
            name,
            app.services[name],
            contents,
            material[name],
            headers=headers_of(environment, name, app.services[name]),
            is_early=name in contents.held,
        )
        for name in environment.services
    }


def ask(
    site: Site,
    environment: Environment,
    name: str,
    output: ServiceOutput,
    contents: Contents,
    material: Material,
    *,
    headers: Mapping[str, str] | None = None,
    is_early: bool = False,
) -> Verdict:
    """Ask one service its declared requests; with `headers` that lead to a slot of its own, that one.

    It `is_early` if nobody else asks it yet.
    """
    service, release = environment.services[name], contents.releases[name]
    title = f"Smoke-test {name} before it gets requests" if is_early else f"Smoke-test {name}"
    with site.command.console.step(title) as step:
        url = site.public_url(output.url)
        verdict = (
            smoke.asleep(url)
            if release.is_asleep
            else smoke.probe(
                url,
                service=service,
                release=with_newer(site, service, release),
                material=material,
                progress=step.progress,
                headers=headers,
            )
        )
        step.result(verdict.summary, good=verdict.ok)
    return verdict


def with_newer(site: Site, service: Service, release: ServiceRelease) -> ServiceRelease:
    """Add the version that a pointer names now: a job may have changed it since the plan was made."""
    if service.model is None or not service.model.follow:
        return release
    bucket = site.command.environment.model_bucket
    return replace(release, newer=model.pointed(site.aws, bucket=bucket, name=service.model.name))

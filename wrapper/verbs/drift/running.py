"""What runs, compared with what the last apply declared, and what the next start needs."""

from collections.abc import Iterator
from dataclasses import dataclass

from wrapper import smoke
from wrapper.delivery import standing, variants
from wrapper.delivery.site import Site
from wrapper.delivery.startable import lost
from wrapper.delivery.steps import with_newer
from wrapper.delivery.variants import headers_of
from wrapper.ecs.services import release_of
from wrapper.environment import Environment
from wrapper.environment.release import ServiceRelease
from wrapper.terraform.outputs import App


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference of a service from its declaration.

    `what` is service, task definition, image and so on.
    """

    service: str
    what: str
    declared: str
    found: str

    def __str__(self) -> str:
        return f"{self.service}: {self.what}: {self.declared} → {self.found}"


def differences(site: Site) -> Iterator[Difference]:
    """Ask ECS and each service. Raises PreconditionError if nothing is deployed."""
    environment = site.command.environment
    app = site.require_app()
    declared = {name: output.task_definition_arn for name, output in app.services.items()}
    running = standing.fronts(site, declared)
    for name, arn in declared.items():
        if name not in running:
            yield Difference(service=name, what="service", declared=_revision(arn), found="none")
            continue
        release = release_of(site.aws, arn)
        if running[name].task_definition_arn != arn:
            yield from _revisions(site, name, arn, release, running[name].task_definition_arn)
        yield from _lost(site, name, running[name].task_definition_arn)
        service = environment.services.get(name)
        if service and service.scaling.may_sleep and not running[name].desired:
            continue  # no task runs that could answer
        if service:
            # A model that is followed may be newer than the one that was rolled out.
            release = with_newer(site, service, release)
            url = site.public_url(app.services[name].url)
            headers = headers_of(environment, name, app.services[name])
            if problem := smoke.health(url, service=service, release=release, headers=headers):
                yield Difference(service=name, what=service.health.path, declared="as applied", found=problem)
    yield from shares(site, environment, app)
    for name, job in app.jobs.items():
        yield from _lost(site, name, job.task_definition_arn)


def shares(site: Site, environment: Environment, app: App) -> Iterator[Difference]:
    """Compare what variants get with what the last apply gave them, in its plan or after their test."""
    for name, share in variants.shares(site, environment, app).items():
        if not share.is_as_applied:
            declared = share.declared if share.applied is None else share.applied
            yield Difference(service=name, what="weight", declared=f"{declared} %", found=f"{share.now} %")


def _lost(site: Site, name: str, arn: str) -> Iterator[Difference]:
    """Report what the next task would not find, although the running tasks answer."""
    bucket = site.command.environment.model_bucket
    for each in lost(site.aws, arn, model_bucket=bucket):
        yield Difference(service=name, what=each.what, declared=each.named, found=each.found)


def _revisions(
    site: Site, name: str, arn: str, release: ServiceRelease, running_arn: str
) -> Iterator[Difference]:
    yield Difference(
        service=name, what="task definition", declared=_revision(arn), found=_revision(running_arn)
    )
    found = release_of(site.aws, running_arn)
    if found.image != release.image:
        yield Difference(service=name, what="image", declared=release.image, found=found.image)
    if found.model != release.model:
        yield Difference(service=name, what="model", declared=_model(release), found=_model(found))


def _revision(arn: str) -> str:
    return arn.rpartition("/")[2]


def _model(release: ServiceRelease) -> str:
    return f"{release.model.label} (sha256 {release.model.sha256[:12]})" if release.model else "none"

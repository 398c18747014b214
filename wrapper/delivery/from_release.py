"""A release to be rolled out again: its services as they were, in the environment as it is now."""

import json
from collections.abc import Iterator, Mapping
from typing import Literal

from pydantic import ValidationError

from wrapper import image, model
from wrapper.delivery.contents import Contents
from wrapper.delivery.listener_rules import listener_rules
from wrapper.delivery.roll_out import Candidate
from wrapper.delivery.site import Site
from wrapper.ecs.counts import counts
from wrapper.ecs.services import busiest, images_of, release_of
from wrapper.environment import FETCHER, Environment, Model, Service, fetcher_of
from wrapper.environment.release import JobRelease, ModelVersion, ServiceRelease
from wrapper.environment.routing import smoke_faults
from wrapper.environment.variant import name_of
from wrapper.errors import ArtifactError, ConfigError, PreconditionError
from wrapper.image import Image
from wrapper.releases import VERSIONED, Release
from wrapper.terraform.outputs import Foundation


def candidate_of(site: Site, release: Release, *, agreed: bool = False) -> Candidate:
    """Prepare the release to be rolled out.

    Raises ConfigError if a service was added or removed that the release cannot include, and ArtifactError if
    an image or a model is missing.
    """
    foundation = site.require_foundation()
    with site.command.console.step(f"Check what release {release.number} needs") as step:
        environment = restored(site.command.environment, release)
        pinned = _pinned(site, environment, release, foundation)
        _refuse_gone(site, pinned, foundation)
        contents = Contents(
            images={name: _image(site, environment, name, each.image) for name, each in pinned.items()},
            releases=pinned,
            model_bucket=foundation.model_bucket,
            jobs=pinned_jobs(site, environment, release, pinned, foundation),
            rules=listener_rules(site),
        )
        step.result("its images and models exist")
    return Candidate(environment=environment, contents=contents, back_to=release.number, agreed=agreed)


def restored(environment: Environment, release: Release) -> Environment:
    """Return the environment with its services' versions as the release had them.

    A variant is there if both have it: without one its service answers all of its requests.
    """
    lost = [
        f"services.{name} must be in the file to roll back to release {release.number}, which runs it."
        for name in release.services
        if name not in environment.services and name not in release.variants
    ]
    if lost:
        raise ConfigError(
            f"environments/{environment.file}.yaml",
            lost,
            fix="put the service back, or choose a release without it",
        )
    services = {
        name: _with_variants(
            _restored(service, release, name) if name in release.services else service, release, name
        )
        for name, service in environment.services.items()
        if name in release.services or name not in environment.variants
    }
    if fault := next(smoke_faults(services), None):
        name = fault.path.partition(".")[0]
        raise _unfit(release, name, f"{fault.path} must {fault.rule}, got {fault.got}")
    return environment.model_copy(update={"services": services})


def _with_variants(service: Service, release: Release, name: str) -> Service:
    """Leave out the variants that the release had not: routes are the file's, what runs is the release's."""
    there = {
        each: variant for each, variant in service.variants.items() if name_of(name, each) in release.services
    }
    return service.model_copy(update={"variants": there})


def _restored(service: Service, release: Release, name: str) -> Service:
    now = service.model_dump(mode="json", exclude_unset=True)
    kept = {key: value for key, value in now.items() if key not in VERSIONED}
    try:
        # From JSON: only there strict types accept a list for a tuple.
        return Service.model_validate_json(json.dumps(kept | release.services[name].versioned))
    except ValidationError as error:
        raise _unfit(release, name, _told(error)) from error


def _unfit(release: Release, name: str, problem: str) -> PreconditionError:
    return PreconditionError(
        f"release {release.number} must fit the file's services.{name}, but: {problem}.",
        fix="use the commit that the release names, or choose another release",
    )


def _told(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}".strip(": ").rstrip(".")


def _pinned(
    site: Site, environment: Environment, release: Release, foundation: Foundation
) -> dict[str, ServiceRelease]:
    """Pin each service to the release's image and model; a service that it does not have stays as it runs."""
    running = busiest(site.aws, cluster=environment.cluster_name, names=list(environment.services))
    unknown = [name for name in environment.services if name not in release.services and name not in running]
    if unknown:
        raise ConfigError(
            f"environments/{environment.file}.yaml",
            [f"services.{name} must run or be in release {release.number}, got neither." for name in unknown],
            fix="choose another release, or remove the service from the file",
        )
    scales = counts(site.aws, environment)
    pinned = {}
    for name in environment.services:
        source = release.services.get(name) or release_of(site.aws, running[name].task_definition_arn)
        pinned[name] = ServiceRelease(
            image=source.image,
            repository_arn=foundation.arn_of(environment.image_owner(name)),
            model=_model(site, environment, name, source.model),
            desired_count=scales[name].desired,
            limits=scales[name].limits,
        )
    return pinned


def _model(
    site: Site, environment: Environment, name: str, recorded: ModelVersion | None
) -> ModelVersion | None:
    """Return the release's model; of a follower, the version that its pointer names now.

    A rollback does not change pointers: what jobs have published since is not part of the release.
    """
    declared = environment.services[name].model
    if declared is None or not declared.follow:
        return recorded
    return model.pointed(site.aws, bucket=environment.model_bucket, name=declared.name) or recorded


def pinned_jobs(
    site: Site,
    environment: Environment,
    release: Release,
    pinned: Mapping[str, ServiceRelease],
    foundation: Foundation,
) -> dict[str, JobRelease]:
    """Pin each job to its owner's image or to the release's; a job that it does not have stays as it is."""
    app = site.app()
    deployed = app.jobs if app else {}
    found: dict[str, JobRelease] = {}
    for name in environment.fetchers:
        reference = release.jobs.get(name) or _running_fetcher(site, environment, name)
        if reference is None:
            raise _nowhere(environment, release, name, "model.mount")
        found[name] = JobRelease(image=reference, repository_arn=foundation.arn_of(name))
    # Jobs with an image of their own first: others may use it.
    for name, job in sorted(environment.jobs.items(), key=lambda each: each[1].image.owner is not None):
        if job.image.owner is not None:
            owners: Mapping[str, ServiceRelease | JobRelease] = {**pinned, **found}
            owner = owners[job.image.owner]
            found[name] = JobRelease(image=owner.image, repository_arn=owner.repository_arn)
            continue
        reference = release.jobs.get(name) or job.image.reference
        if reference is None and name in deployed:
            reference = release_of(site.aws, deployed[name].task_definition_arn).image
        if reference is None:
            raise _nowhere(environment, release, f"jobs.{name}", "the job")
        found[name] = JobRelease(image=reference, repository_arn=foundation.arn_of(name))
    return found


def _nowhere(environment: Environment, release: Release, what: str, cause: str) -> ConfigError:
    return ConfigError(
        f"environments/{environment.file}.yaml",
        [f"{what} must be deployed or be in release {release.number}, got neither."],
        fix=f"choose another release, or remove {cause} from the file",
    )


def _running_fetcher(site: Site, environment: Environment, name: str) -> str | None:
    """Return the image that fetches models now, for a release from before such an image existed."""
    app = site.app()
    deployed = app.services if app else {}
    for service, declared in environment.services.items():
        if service in deployed and fetcher_of(declared.image.architecture) == name:
            arn = deployed[service].task_definition_arn
            if found := images_of(site.aws, arn).get(FETCHER):
                return found
    return None


def _refuse_gone(site: Site, pinned: Mapping[str, ServiceRelease], foundation: Foundation) -> None:
    """Check every image and model first: nothing is changed for a release that cannot run any more."""
    gone = [
        *_gone_images(site, pinned, foundation),
        *_gone_models(site, pinned, foundation.model_bucket.name),
    ]
    if gone:
        raise ArtifactError(
            "\n  ".join(["the release cannot run any more", *gone]), fix="choose another release"
        )


def _gone_images(site: Site, pinned: Mapping[str, ServiceRelease], foundation: Foundation) -> Iterator[str]:
    for name, release in pinned.items():
        url = foundation.url_of(name)
        ours = release.image.startswith(f"{url}@")
        if url and ours and not image.holds(site.aws, reference=release.image):
            yield f"{name}: {release.image} is missing from its repository."


def _gone_models(site: Site, pinned: Mapping[str, ServiceRelease], bucket: str) -> Iterator[str]:
    for name, release in pinned.items():
        if release.model:
            declared = Model(name=release.model.name, version=release.model.version)
            found = model.predict(site.aws, bucket=bucket, model=declared, root=site.command.root)
            if found != release.model:
                yield f"{name}: {release.model.label} is missing from s3://{bucket}, or was changed."


def _image(site: Site, environment: Environment, name: str, reference: str) -> Image:
    kind: Literal["given", "process", "built"] = "process" if site.sandbox else "built"
    if not environment.services[name].image.built:
        kind = "given"
    return Image(reference=reference, digest=reference.rpartition("@")[2], kind=kind, pushed=False)

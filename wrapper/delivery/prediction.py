"""What an apply would publish and find, as far as it is known without building or publishing anything."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from wrapper import image, model
from wrapper.delivery import jobs, tfvars
from wrapper.delivery.site import FOUNDATION, Site
from wrapper.ecs.counts import releases
from wrapper.environment import Environment, Service
from wrapper.environment.release import JobRelease, ModelVersion, ServiceRelease


def expected_foundation(environment: Environment) -> dict[str, Any]:
    """Return the outputs that the foundation stack has after an apply: all its names are given."""
    account, region = environment.account_id, environment.region
    names = {
        service: f"{environment.prefix}/{service}"
        for service in (*environment.built_services, *environment.built_jobs)
    }
    return {
        "repositories": {
            service: {
                "name": name,
                "arn": f"arn:aws:ecr:{region}:{account}:repository/{name}",
                "url": f"{account}.dkr.ecr.{region}.amazonaws.com/{name}",
            }
            for service, name in names.items()
        },
        "model_bucket": {
            "name": environment.model_bucket,
            "arn": f"arn:aws:s3:::{environment.model_bucket}",
        },
    }


# Stands in for a SHA-256 that nobody knows, or needs.
_NOTHING = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What each service and job would run, as far as it is known without building or publishing anything."""

    images: Mapping[str, image.Image]
    releases: Mapping[str, ServiceRelease]
    jobs: Mapping[str, JobRelease]
    model_bucket: Mapping[str, str]

    @property
    def rendered(self) -> dict[str, ServiceRelease]:
        """Return the releases as a plan can have them: with a stand-in for a sha256 that is not known yet."""
        return {name: _with_sha256(release) for name, release in self.releases.items()}

    @property
    def unknowns(self) -> list[str]:
        """Say which digests in the plan are stand-ins."""
        return _unknowns(self.images, self.releases)

    @property
    def missing(self) -> list[str]:
        """Say what must be published before a plan of it can be applied as it is."""
        images = [
            f"{name}: its image is not published yet."
            for name, each in self.images.items()
            if not each.published
        ]
        models = [
            f"{name}: its model {release.model.label} is not published yet."
            for name, release in self.releases.items()
            if release.model and not release.model.sha256
        ]
        return images + models


def _with_sha256(release: ServiceRelease) -> ServiceRelease:
    if release.model is None or release.model.sha256:
        return release
    return replace(release, model=replace(release.model, sha256=_NOTHING))


def predict(site: Site) -> Prediction:
    """Look for the images and models of what is in the clone now; builds, trains and pushes nothing."""
    environment = site.command.environment
    expected, actual = expected_foundation(environment), site.outputs(FOUNDATION)
    # A service that is new to the environment gets its repository by the plan.
    repositories = expected["repositories"] | actual.get("repositories", {})
    images = _predicted_images(site, repositories)
    return Prediction(
        images=images,
        releases=releases(
            site.aws,
            environment,
            images=images,
            models={name: _predicted_model(site, name) for name in environment.services},
            repositories=repositories,
        ),
        jobs=jobs.releases(environment, images, repositories),
        model_bucket=actual.get("model_bucket", expected["model_bucket"]),
    )


def _predicted_images(site: Site, repositories: Mapping[str, Any]) -> dict[str, image.Image]:
    return {
        name: image.predict(
            site.aws,
            repository_url=repositories[name]["url"] if name in repositories else "",
            image=source,
            root=site.command.root,
            process=site.sandbox is not None and site.sandbox.engine is None,
        )
        for name, source in jobs.sources(site.command.environment).items()
    }


def _predicted_model(site: Site, service: str) -> ModelVersion | None:
    declared = site.command.environment.services[service].model
    if declared is None:
        return None
    return model.predict(
        site.aws, bucket=site.command.environment.model_bucket, model=declared, root=site.command.root
    )


def _unknowns(images: Mapping[str, image.Image], releases: Mapping[str, ServiceRelease]) -> list[str]:
    """Say which digests in the plan are stand-ins."""
    unbuilt = [
        f"{name}: the image is not built yet; its digest is known after the build."
        for name, each in images.items()
        if not each.published and each.kind == "built"
    ]
    unpublished = [
        f"{name}: model {release.model.label} is not published yet; its sha256 is known after that."
        for name, release in releases.items()
        if release.model and not release.model.sha256
    ]
    return unbuilt + unpublished


def stand_in_tfvars(environment: Environment) -> str:
    """Render the app's variables with stand-ins: a destroy or a refresh reads the state, not these."""
    foundation: Mapping[str, Any] = expected_foundation(environment)
    releases = {
        name: _stand_in(service, foundation["repositories"].get(name))
        for name, service in environment.services.items()
    }
    nothing = JobRelease(image=f"none@sha256:{_NOTHING}", repository_arn=None)
    return tfvars.render_app(
        environment,
        model_bucket=foundation["model_bucket"],
        releases=releases,
        jobs=dict.fromkeys(environment.jobs, nothing),
    )


def _stand_in(service: Service, repository: Mapping[str, str] | None) -> ServiceRelease:
    image = f"{repository['url']}@sha256:{_NOTHING}" if repository else service.image.reference
    return ServiceRelease(
        image=image or "",
        repository_arn=repository["arn"] if repository else None,
        model=ModelVersion(name=service.model.name, version="none", sha256=_NOTHING)
        if service.model
        else None,
        desired_count=service.scaling.min,
    )

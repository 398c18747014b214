"""What is to run, and the ways to get it: publish it, predict it, or use a stand-in.

A release gives it as well, see `from_release`, and so does a saved plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from wrapper import image, model
from wrapper.delivery.attested import attest
from wrapper.delivery.listener_rules import listener_rules
from wrapper.delivery.site import Site
from wrapper.delivery.sources import has_command, sources, warnings
from wrapper.ecs.counts import Count, counts
from wrapper.environment import Environment
from wrapper.environment.release import (
    JobRelease,
    ListenerRule,
    ModelVersion,
    ServiceRelease,
    SlotRelease,
)
from wrapper.image import Image
from wrapper.terraform.outputs import Bucket, Foundation, Repository

# In place of a SHA-256 that is not known, or not needed.
_NOTHING = "0" * 64


@dataclass(frozen=True, kw_only=True)
class Contents:
    """An image and a model for each service, an image for each job, and the bucket of the models.

    `images` are by service, and by job for those with an image of their own; what fetches models is one of
    these, see `Environment.fetchers`. `rules` are the listeners' as
    the last apply left them. `slots` are by service, for those whose plan has more to say of them than that
    there is the first one; `candidates` are slots whose version is to be tested before it gets requests.
    `held` are variants without requests for now, see `variants`.
    """

    images: Mapping[str, Image]
    releases: Mapping[str, ServiceRelease]
    model_bucket: Bucket
    jobs: Mapping[str, JobRelease] = field(default_factory=dict)
    rules: tuple[ListenerRule, ...] = ()
    slots: Mapping[str, Mapping[str, SlotRelease]] = field(default_factory=dict)
    candidates: Mapping[str, str] = field(default_factory=dict)
    held: tuple[str, ...] = ()

    @property
    def renderable(self) -> "Contents":
        """Return these contents for a plan: a sha256 that is not known yet has a stand-in."""
        return replace(self, releases={name: _with_sha256(each) for name, each in self.releases.items()})

    @property
    def unknowns(self) -> list[str]:
        """Say which digests in a plan of these contents are stand-ins."""
        images = [
            f"{name}: the image is not built yet; its digest is known after the build."
            for name, each in self.images.items()
            if not each.published and (each.kind == "built" or each.has_stand_in)
        ]
        models = [
            f"{name}: model {label} is not published yet; its sha256 is known after that."
            for name, label in self._unpublished.items()
        ]
        return images + models

    @property
    def missing(self) -> list[str]:
        """Say what must be published before a plan of these contents can be applied as it is."""
        images = [
            f"{name}: its image is not published yet."
            for name, each in self.images.items()
            if not each.published
        ]
        models = [
            f"{name}: its model {label} is not published yet." for name, label in self._unpublished.items()
        ]
        return images + models

    @property
    def _unpublished(self) -> dict[str, str]:
        return {
            name: each.model.label
            for name, each in self.releases.items()
            if each.model and not each.model.sha256
        }


def assembled(
    site: Site, foundation: Foundation, *, images: Mapping[str, Image], models: Mapping[str, ModelVersion]
) -> Contents:
    """Combine images and models with the number of tasks that run now; without a model there is no entry."""
    running = counts(site.aws, site.command.environment)
    contents = _assembled(site.command.environment, foundation, images, models, running)
    return replace(contents, rules=listener_rules(site))


def published(site: Site, foundation: Foundation, *, engine: image.Engine | None) -> Contents:
    """Publish the images and the models of what is in the clone, unless they exist.

    `engine` builds images; None makes process images, for a sandbox without one.
    """
    return assembled(
        site,
        foundation,
        images=publish_images(site, foundation, engine=engine),
        models=publish_models(site, foundation),
    )


def publish_images(site: Site, foundation: Foundation, *, engine: image.Engine | None) -> dict[str, Image]:
    there = {}
    for name, source in sources(site.command.environment).items():
        with site.command.console.step(f"Publish the image of {name}") as step:
            started = datetime.now(UTC)
            there[name] = image.publish(
                site.aws,
                repository_url=foundation.url_of(name),
                image=source,
                root=site.command.root,
                engine=engine,
                sandbox_registry=site.registry,
                progress=step.progress,
                work=site.command.home / ".wrapper",
                has_command=has_command(site.command.environment, name),
            )
            if there[name].pushed:
                attest(site, there[name], source, engine=engine, started=started)
            step.result(there[name].remark)
    _tell_missing(site, there)
    return there


def _tell_missing(site: Site, images: Mapping[str, Image]) -> None:
    """Report what process images lack, so that nobody learns it from a wrong answer."""
    for name, warning in warnings(site.command.environment, root=site.command.root).items():
        if images[name].kind == "process":
            site.command.console.warn(warning)


def publish_models(site: Site, foundation: Foundation) -> dict[str, ModelVersion]:
    there = {}
    for name, service in site.command.environment.services.items():
        if service.model:
            with site.command.console.step(f"Publish the model of {name}") as step:
                there[name] = model.ensure(
                    site.aws,
                    bucket=foundation.model_bucket.name,
                    model=service.model,
                    root=site.command.root,
                    progress=step.progress,
                )
                step.result(there[name].label)
    return there


def predicted(site: Site) -> Contents:
    """Find the images and models of what is in the clone now; build, train and push nothing."""
    environment, root = site.command.environment, site.command.root
    expected = expected_foundation(environment)
    if actual := site.foundation():
        # A new service gets its repository by the plan.
        expected = replace(actual, repositories={**expected.repositories, **actual.repositories})
    images = {
        name: image.predict(
            site.aws,
            repository_url=expected.url_of(name),
            image=source,
            root=root,
            process=site.sandbox is not None and site.sandbox.engine is None,
            work=site.command.home / ".wrapper",
            has_command=has_command(environment, name),
        )
        for name, source in sources(environment).items()
    }
    models = {
        name: model.predict(site.aws, bucket=environment.model_bucket, model=service.model, root=root)
        for name, service in environment.services.items()
        if service.model
    }
    return assembled(site, expected, images=images, models=models)


def stand_in(environment: Environment) -> Contents:
    """Return contents for a plan that only reads the state, as that of a destroy or a refresh."""
    foundation = expected_foundation(environment)
    images = {
        name: Image(
            reference=source.reference or f"{foundation.url_of(name) or name}@sha256:{_NOTHING}",
            digest=f"sha256:{_NOTHING}",
            kind="given",
            pushed=False,
        )
        for name, source in sources(environment).items()
    }
    models = {
        name: ModelVersion(name=service.model.name, version="none", sha256=_NOTHING)
        for name, service in environment.services.items()
        if service.model
    }
    least = {
        name: Count(desired=service.scaling.min, limits=None)
        for name, service in environment.services.items()
    }
    return _assembled(environment, foundation, images, models, least)


def expected_foundation(environment: Environment) -> Foundation:
    """Return the outputs of the foundation stack after an apply: all of them follow from names."""
    account, region = environment.account_id, environment.region
    bucket = environment.model_bucket
    return Foundation(
        repositories={
            service: Repository(
                name=name,
                arn=f"arn:aws:ecr:{region}:{account}:repository/{name}",
                url=f"{account}.dkr.ecr.{region}.amazonaws.com/{name}",
            )
            for service, name in environment.repositories.items()
        },
        model_bucket=Bucket(name=bucket, arn=f"arn:aws:s3:::{bucket}"),
    )


def _assembled(
    environment: Environment,
    foundation: Foundation,
    images: Mapping[str, Image],
    models: Mapping[str, ModelVersion],
    running: Mapping[str, Count],
) -> Contents:
    images = {**images, **{name: images[environment.image_owner(name)] for name in environment.variants}}
    owners = {name: job.image.owner or name for name, job in environment.jobs.items()}
    owners |= {name: name for name in environment.fetchers}
    return Contents(
        images=images,
        releases={
            name: ServiceRelease(
                image=images[name].reference,
                repository_arn=foundation.arn_of(environment.image_owner(name)),
                model=models.get(name),
                desired_count=running[name].desired,
                limits=running[name].limits,
            )
            for name in environment.services
        },
        jobs={
            name: JobRelease(
                image=images[owner].reference,
                repository_arn=foundation.arn_of(environment.image_owner(owner)),
            )
            for name, owner in owners.items()
        },
        model_bucket=foundation.model_bucket,
    )


def is_stand_in(sha256: str) -> bool:
    """Return whether the value is a stand-in for one that is not known yet, see `Contents.renderable`."""
    return sha256 == _NOTHING


def _with_sha256(release: ServiceRelease) -> ServiceRelease:
    if release.model is None or release.model.sha256:
        return release
    return replace(release, model=replace(release.model, sha256=_NOTHING))

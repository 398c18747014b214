"""What `plan` shows: both stacks, with stand-ins for what only an apply can know."""

from collections.abc import Mapping
from typing import Any

from wrapper import image, jobs, model, sandbox, tfvars
from wrapper.environment import Environment
from wrapper.ground import APP, FOUNDATION, Ground, Job, enter, find
from wrapper.outcome import Preview
from wrapper.planning import plan_stack, review_plans
from wrapper.release import ModelVersion, ServiceRelease
from wrapper.running import desired_counts
from wrapper.terraform import PlanFile


def preview(job: Job) -> Preview:
    """Plan and touch nothing: a sandbox that has to run for it is stopped again."""
    image.require_engine(job.environment)
    running = find(job)
    ground = running or enter(job)
    try:
        return _preview(ground)
    finally:
        if running is None:
            sandbox.down(job.environment, root=job.root)


def _preview(ground: Ground) -> Preview:
    environment = ground.job.environment
    planned, foundation = _plan_foundation(ground)
    images = _predicted_images(ground, foundation["repositories"])
    releases = _predicted_releases(ground, images, foundation["repositories"])
    app = tfvars.render_app(
        environment,
        model_bucket=foundation["model_bucket"],
        releases=releases,
        jobs=jobs.releases(environment, images, foundation["repositories"]),
    )
    plans = [planned, plan_stack(ground, APP, app)]
    notes = _unknowns(images, releases)
    review = review_plans(ground, plans, notes=notes, allow=ground.job.allow)
    return Preview(plans=plans, review=review, notes=notes)


def _plan_foundation(ground: Ground) -> tuple[PlanFile, Mapping[str, Any]]:
    """Return the plan, and the outputs as they are or, before the first apply, as they will be."""
    environment = ground.job.environment
    planned = plan_stack(ground, FOUNDATION, tfvars.render_foundation(environment))
    expected, there = expected_foundation(environment), ground.outputs(FOUNDATION)
    repositories = expected["repositories"] | there.get("repositories", {})
    return planned, expected | there | {"repositories": repositories}


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


def _predicted_images(ground: Ground, repositories: Mapping[str, Any]) -> dict[str, image.Image]:
    return {
        name: image.predict(
            ground.aws,
            repository_url=repositories[name]["url"] if name in repositories else "",
            image=source,
            root=ground.job.root,
            sandbox=ground.sandbox is not None,
        )
        for name, source in jobs.sources(ground.job.environment).items()
    }


def _predicted_releases(
    ground: Ground, images: Mapping[str, image.Image], repositories: Mapping[str, Any]
) -> dict[str, ServiceRelease]:
    environment = ground.job.environment
    counts = desired_counts(ground.aws, cluster=environment.prefix, services=environment.services)
    return {
        name: ServiceRelease(
            image=images[name].reference,
            repository_arn=repositories[name]["arn"] if name in repositories else None,
            model=_predicted_model(ground, name),
            desired_count=counts[name],
        )
        for name in environment.services
    }


def _predicted_model(ground: Ground, service: str) -> ModelVersion | None:
    declared = ground.job.environment.services[service].model
    if declared is None:
        return None
    return model.predict(
        ground.aws, bucket=ground.job.environment.model_bucket, model=declared, root=ground.job.root
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

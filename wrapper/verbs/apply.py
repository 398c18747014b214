"""The story of apply: the stages in order, no details.

1. enter       start the sandbox, or check the credentials        may start the emulator
2. verify      what it needs and does not make is there           reads only
3. state       make the state bucket                              S3
4. foundation  render, plan, confirm, apply the saved plan        repositories, model bucket
5. publish     image → digest, model → version and sha256         pushes only what is not there yet
6. app         render, plan, confirm, apply the saved plan        network, load balancer, services
7. wait        this deployment, these targets, before a deadline  reads only
8. smoke       the requested image and model answer               reads only
9. record      what runs becomes a release, if all is well        an object in the state bucket, a tag in ECR
"""

import time
from collections.abc import Mapping
from typing import Any

from wrapper import image, model
from wrapper.delivery import jobs, tfvars
from wrapper.delivery import steps as stages
from wrapper.delivery.outcome import Applied, Published
from wrapper.delivery.planning import plan_stack, review_plans
from wrapper.delivery.site import FOUNDATION, Command, Site, ensure_state_bucket, enter
from wrapper.delivery.steps import Candidate
from wrapper.delivery.verify import refuse_what_cannot_run
from wrapper.ecs.counts import releases
from wrapper.environment.release import ModelVersion
from wrapper.errors import PreconditionError
from wrapper.verbs import rollback


def apply(command: Command) -> Applied:
    """Take the environment to a verified answer; the verdict may be bad, see `Applied.ok`."""
    started = time.monotonic()
    engine = image.require_engine(command.environment)
    site = enter(command)
    refuse_what_cannot_run(site)
    ensure_state_bucket(site)
    with site.hold("apply"):
        return _apply(site, site.engine or engine, started)


def _apply(site: Site, engine: image.Engine | None, started: float) -> Applied:
    command = site.command
    stages.protect_releases(site)
    done = stages.apply_stack(site, FOUNDATION, tfvars.render_foundation(command.environment))
    foundation = site.outputs(FOUNDATION)
    images = _publish_images(site, engine, foundation["repositories"])
    models = _publish_models(site, foundation["model_bucket"]["name"])
    candidate = Candidate(
        environment=command.environment,
        images=images,
        releases=releases(
            site.aws,
            command.environment,
            images=images,
            models=models,
            repositories=foundation["repositories"],
        ),
        jobs=jobs.releases(command.environment, images, foundation["repositories"]),
        model_bucket=foundation["model_bucket"],
        done=done,
    )
    return rollback.recovering(site, lambda: stages.roll_out(site, candidate, started=started))


def publish(command: Command) -> Published:
    """Publish what the services are to run, so that a plan can say exactly what it would roll out.

    Only ever adds: the foundation's plan is applied if all it does is create, else it is left to an apply.
    Raises PreconditionError if a repository or the bucket is missing all the same.
    """
    engine = image.require_engine(command.environment)
    site = enter(command)
    ensure_state_bucket(site)
    with site.hold("publish"):
        stages.protect_releases(site)
        _grow_foundation(site)
        foundation = site.outputs(FOUNDATION)
        _require_places(command, foundation)
        return Published(
            environment=command.environment.name,
            images=_publish_images(site, site.engine or engine, foundation["repositories"]),
            models=_publish_models(site, foundation["model_bucket"]["name"]),
        )


def _grow_foundation(site: Site) -> None:
    """Create what is missing; what else there is to do needs somebody who looks at the whole plan."""
    planned = plan_stack(site, FOUNDATION, tfvars.render_foundation(site.command.environment))
    if not planned.has_changes:
        return
    if planned.summary.change or planned.summary.destroy:
        site.command.console.note(f"foundation: {planned.summary}; that is left to an apply.")
        return
    review = review_plans(site, [planned], allow=site.command.allow)
    stages.consent(site, review, question=f"Apply {FOUNDATION}", agreed=False)
    stages.apply_plan(site, planned, review)


def _require_places(command: Command, foundation: Mapping[str, Any]) -> None:
    environment = command.environment
    there = foundation.get("repositories", {})
    built = (*environment.built_services, *environment.built_jobs)
    missing = [name for name in built if name not in there]
    if missing or not foundation:
        what = f"a repository for {', '.join(missing)}" if missing else "its model bucket"
        raise PreconditionError(
            f"{environment.name} must have {what} to publish to, and its plan does more than create it.",
            fix=f"python -m wrapper apply {environment.name}, or change the environment file in two steps",
        )


def publish_model(command: Command, source: str) -> ModelVersion:
    """Put a trained model into the environment's bucket, which is made if need be."""
    site = enter(command)
    ensure_state_bucket(site)
    stages.apply_stack(site, FOUNDATION, tfvars.render_foundation(command.environment))
    bucket = site.outputs(FOUNDATION)["model_bucket"]["name"]
    with command.console.step("Publish the model") as step:
        published = model.publish(site.aws, bucket=bucket, source=source, progress=step.progress)
        step.result(f"{published.label} to {bucket}")
    return published


def _publish_images(
    site: Site, engine: image.Engine | None, repositories: Mapping[str, Any]
) -> dict[str, image.Image]:
    published = {}
    for name, source in jobs.sources(site.command.environment).items():
        with site.command.console.step(f"Publish the image of {name}") as step:
            published[name] = image.publish(
                site.aws,
                repository_url=repositories[name]["url"] if name in repositories else "",
                image=source,
                root=site.command.root,
                engine=engine,
                sandbox_registry=site.registry,
                progress=step.progress,
            )
            step.result(published[name].remark)
    return published


def _publish_models(site: Site, bucket: str) -> dict[str, ModelVersion]:
    published = {}
    for name, service in site.command.environment.services.items():
        if service.model:
            with site.command.console.step(f"Publish the model of {name}") as step:
                published[name] = model.ensure(
                    site.aws,
                    bucket=bucket,
                    model=service.model,
                    root=site.command.root,
                    progress=step.progress,
                )
                step.result(published[name].label)
    return published

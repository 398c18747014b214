"""Publish: put images and models where an apply reads them, and change nothing else."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from wrapper import image, model
from wrapper.delivery import contents, tfvars
from wrapper.delivery.deferred_removals import foundation_phases
from wrapper.delivery.plans import apply_plan, apply_stack, consent, plan_stack, review_plans
from wrapper.delivery.rules import refuse_what_aws_would
from wrapper.delivery.site import FOUNDATION, Command, Site, ensure_state_bucket, enter
from wrapper.delivery.steps import protect_releases
from wrapper.environment.release import ModelVersion
from wrapper.errors import PreconditionError
from wrapper.image import Image
from wrapper.terraform import PlanFile
from wrapper.terraform.outputs import Foundation

# What publishing creates in an existing environment: repositories.
_PLACE = re.compile(r"(.+\.)?aws_ecr_repository\.\w+(\[.*\])?")


@dataclass(frozen=True, kw_only=True)
class Published:
    """The images and models that are published now, by service."""

    environment: str
    images: Mapping[str, Image]
    models: Mapping[str, ModelVersion]

    def rows(self) -> list[tuple[str, ...]]:
        models = {name: f"{model.label} sha256 {model.sha256}" for name, model in self.models.items()}
        return [
            ("SERVICE", "IMAGE", "MODEL"),
            *((name, each.reference, models.get(name, "-")) for name, each in self.images.items()),
        ]

    def as_json(self) -> dict[str, Any]:
        services = {
            name: {
                "image": each.reference,
                "pushed": each.pushed,
                "model": asdict(self.models[name]) if name in self.models else None,
            }
            for name, each in self.images.items()
        }
        return {"environment": self.environment, "services": services}


def publish(command: Command) -> Published:
    """Publish what the services are to run, so that a plan can say exactly what it would roll out.

    It only adds: the foundation's plan is applied if it only creates, else it is left to an apply. Raises
    PreconditionError if a repository or the bucket is then missing.
    """
    refuse_what_aws_would(command)
    engine = image.require_engine(command.environment)
    site = enter(command)
    ensure_state_bucket(site)
    with site.lock("publish"):
        protect_releases(site)
        _grow_foundation(site)
        foundation = _require_places(site)
        return Published(
            environment=command.environment.name,
            images=contents.publish_images(site, foundation, engine=site.engine or engine),
            models=contents.publish_models(site, foundation),
        )


def publish_model(
    command: Command, source: str, *, name: str | None = None, version: str | None = None
) -> ModelVersion:
    """Put a model into the environment's bucket, which is created if missing.

    With a name, any file or folder.
    """
    refuse_what_aws_would(command)
    site = enter(command)
    ensure_state_bucket(site)
    apply_stack(site, FOUNDATION, foundation_phases(site).first)
    bucket = site.require_foundation().model_bucket.name
    with command.console.step("Publish the model") as step:
        published = model.publish(
            site.aws, bucket=bucket, source=source, name=name, version=version, progress=step.progress
        )
        step.result(f"{published.label} to {bucket}")
    return published


def _grow_foundation(site: Site) -> None:
    """Create what is missing; any other change needs an apply, whose plan is reviewed."""
    is_first = site.foundation() is None
    pending = "" if is_first else tfvars.render_pending_repositories(_without_rules(site))
    planned = plan_stack(site, FOUNDATION, foundation_phases(site).first + pending)
    if not planned.has_changes:
        return
    if not adds_places(planned, is_first=is_first):
        site.command.console.note(f"foundation: {planned.summary}; an apply has to do that.")
        return
    review = review_plans(site, [planned], allow=site.command.allow)
    consent(site, review, question=f"Apply {FOUNDATION}", agreed=False)
    apply_plan(site, planned, review)


def _without_rules(site: Site) -> list[str]:
    """Name the repositories without a lifecycle policy: an apply adds it, because it can delete images."""
    environment = site.command.environment
    ruled = {
        each["change"]["after"]["repository"]
        for each in site.resources(FOUNDATION)
        if each["type"] == "aws_ecr_lifecycle_policy"
    }
    return sorted(
        name.removeprefix(f"{environment.prefix}/") for name in environment.repository_names - ruled
    )


def adds_places(planned: PlanFile, *, is_first: bool) -> bool:
    """Return whether a plan creates only repositories, or everything for the first time.

    A workflow's publish role may create no more: a merge must not write policies of buckets or repositories
    that nobody has approved.
    """
    if planned.summary.change or planned.summary.destroy:
        return False
    return is_first or all(_PLACE.fullmatch(each.address) for each in planned.changes)


def _require_places(site: Site) -> Foundation:
    environment, foundation = site.command.environment, site.foundation()
    there = foundation.repositories if foundation else {}
    built = (*environment.built_services, *environment.built_jobs, *environment.fetchers)
    missing = [name for name in built if name not in there]
    if missing or not foundation:
        what = f"a repository for {', '.join(missing)}" if missing else "its model bucket"
        raise PreconditionError(
            f"{environment.name} must have {what} to publish to, but its plan does more than create it.",
            fix=f"python -m wrapper apply {environment.called}, or change the environment file in two steps",
        )
    return foundation

"""Deferred removals: what the foundation would remove while tasks still use it is removed last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wrapper.delivery import tfvars
from wrapper.delivery.plans import (
    NO_CHANGES,
    Changes,
    apply_reviewed,
    consent,
    destroyed,
    plan_stack,
    review_plans,
)
from wrapper.delivery.site import FOUNDATION, Site


@dataclass(frozen=True, kw_only=True)
class Phases:
    """The foundation's variables: `first` what keeps all that runs, `last` the rest, if any.

    `agreed` are the addresses that may be destroyed by the last without a question.
    """

    first: str
    last: str | None = None
    agreed: frozenset[str] = frozenset()


def foundation_phases(site: Site) -> Phases:
    """Render the foundation so that nothing goes which the app's last apply may have left in use."""
    rendered = tfvars.render_foundation(site.command.environment)
    if site.app() is None:
        return Phases(first=rendered)
    environment, there = site.command.environment, site.resources(FOUNDATION)
    repositories = _values(there, "aws_ecr_repository", "name") - environment.repository_names
    keeps_models = environment.models.existing is None
    deferred = tfvars.render_deferred_removals(
        repositories=sorted(name.removeprefix(f"{environment.prefix}/") for name in repositories),
        models=not keeps_models and environment.own_model_bucket in _values(there, "aws_s3_bucket", "bucket"),
    )
    return Phases(first=rendered + deferred, last=rendered) if deferred else Phases(first=rendered)


def agree_to_removals(site: Site, foundation: Phases) -> Phases:
    """Judge what will go before anything is touched; raise BlockedError, or Aborted."""
    if foundation.last is None:
        return foundation
    planned = plan_stack(site, FOUNDATION, foundation.last, lock=False)
    review = review_plans(site, [planned], allow=site.command.allow)
    consent(site, review, question=f"Apply {FOUNDATION}, and destroy at the end what nothing uses then")
    return replace(foundation, agreed=destroyed(planned))


def apply_removals(site: Site, foundation: Phases) -> Changes:
    """Remove what nothing uses any more; ask again if that is not what was agreed to."""
    if foundation.last is None:
        return NO_CHANGES
    planned = plan_stack(site, FOUNDATION, foundation.last)
    review = review_plans(site, [planned], allow=site.command.allow)
    is_agreed = destroyed(planned) <= foundation.agreed
    return apply_reviewed(site, [planned], review, question=f"Apply {FOUNDATION}", agreed=is_agreed)


def _values(resources: Sequence[Mapping[str, Any]], kind: str, name: str) -> set[str]:
    return {str(each["change"]["after"].get(name)) for each in resources if each["type"] == kind}

"""What the foundation would remove while tasks still use it: it is removed last."""

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
class InTwo:
    """The foundation's variables: `first` keeps all that runs; `end`, if it is not None, removes the rest.

    `agreed` are the addresses that may be destroyed in the end without a question.
    """

    first: str
    end: str | None = None
    agreed: frozenset[str] = frozenset()


def in_two(site: Site) -> InTwo:
    """Render the foundation so that it keeps everything that the app's last apply may use."""
    rendered = tfvars.render_foundation(site.command.environment)
    if site.app() is None:
        return InTwo(first=rendered)
    environment, there = site.command.environment, site.resources(FOUNDATION)
    repositories = _values(there, "aws_ecr_repository", "name") - environment.repository_names
    keeps_models = environment.models.existing is None
    going = tfvars.render_going(
        repositories=sorted(name.removeprefix(f"{environment.prefix}/") for name in repositories),
        models=not keeps_models and environment.own_model_bucket in _values(there, "aws_s3_bucket", "bucket"),
    )
    return InTwo(first=rendered + going, end=rendered) if going else InTwo(first=rendered)


def agree_to_end(site: Site, foundation: InTwo) -> InTwo:
    """Review what will be removed before anything is changed; raise BlockedError, or Aborted."""
    if foundation.end is None:
        return foundation
    planned = plan_stack(site, FOUNDATION, foundation.end, lock=False)
    review = review_plans(site, [planned], allow=site.command.allow)
    consent(site, review, question=f"Apply {FOUNDATION}, and destroy at the end what nothing uses then")
    return replace(foundation, agreed=destroyed(planned))


def apply_end(site: Site, foundation: InTwo) -> Changes:
    """Remove what nothing uses any more; ask again if that is not what was agreed to."""
    if foundation.end is None:
        return NO_CHANGES
    planned = plan_stack(site, FOUNDATION, foundation.end)
    review = review_plans(site, [planned], allow=site.command.allow)
    is_agreed = destroyed(planned) <= foundation.agreed
    return apply_reviewed(site, [planned], review, question=f"Apply {FOUNDATION}", agreed=is_agreed)


def _values(resources: Sequence[Mapping[str, Any]], kind: str, name: str) -> set[str]:
    return {str(each["change"]["after"].get(name)) for each in resources if each["type"] == kind}

"""Plan a stack, and say what its plan means: what `plan`, `apply` and `rollback` have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from wrapper import image
from wrapper import releases as history
from wrapper.delivery.site import Site
from wrapper.errors import BlockedError
from wrapper.review import Review, make_review, pulled_images
from wrapper.terraform import PlanFile
from wrapper.terraform.plan import Plan

# So many of the newest releases are looked at by rules that ask what one may want to go back to.
_RELEASES = 10


def plan_stack(site: Site, stack: str, rendered: str) -> PlanFile:
    """Save a plan of the stack; without a state bucket it is a preview that cannot be applied."""
    backend = site.backend(stack) if site.has_state() else None
    with site.command.console.step(f"Plan {stack}") as step:
        site.terraform.init(stack, tfvars=rendered, backend=backend)
        planned = site.terraform.plan(stack, progress=step.progress)
        step.result(str(planned.summary) if planned.has_changes else "no changes")
    return planned


def review_plans(
    site: Site, plans: Sequence[PlanFile], *, notes: Sequence[str] = (), allow: Mapping[str, str]
) -> Review:
    """Read the plans, which takes seconds unless none changes anything, and say what they mean."""
    environment = site.command.environment
    with site.command.console.step(
        "Review the plans" if len(plans) > 1 else f"Review {plans[0].stack}"
    ) as step:
        read = _read(site, plans)
        releases = islice(history.releases(site.aws, bucket=environment.state_bucket), _RELEASES)
        review = make_review(
            read,
            environment=environment,
            notes=notes,
            allow=allow,
            releases=tuple(releases),
            image_bytes=_image_bytes(site, read),
        )
        step.result(f"{len(review.findings)} remarks" if review.has_changes else "nothing to review")
    return review


def _image_bytes(site: Site, plans: Sequence[Plan]) -> dict[str, int]:
    """Look up what tasks will pull from the account's own registry; an image to be built has no size yet."""
    environment = site.command.environment
    if environment.target != "aws":
        return {}
    sizes = {
        reference: image.bytes_of(site.aws, reference=reference)
        for reference in pulled_images(plans)
        if (place := image.place_of(reference))
        and (place.account_id, place.region) == (environment.account_id, environment.region)
    }
    return {reference: size for reference, size in sizes.items() if size is not None}


def refuse_blocked(review: Review) -> None:
    """Raise BlockedError that names what stops an apply, each with its address."""
    if not review.blocked:
        return
    found = [f"{each.rule}: {each.address}: {each.sentence}" for each in review.blocked]
    rules = dict.fromkeys(each.rule for each in review.blocked)
    options = " ".join(f'--allow {rule}="..."' for rule in rules)
    raise BlockedError(
        "\n  ".join([f"the plan of {review.environment} is blocked by {', '.join(rules)}", *found]),
        fix=f"change it, or say why it may happen: {options}, or review.allow in the environment file",
    )


def _read(site: Site, plans: Sequence[PlanFile]) -> list[Plan]:
    """Read all if any changes something: what stays belongs to the picture, and to the bill.

    What a stack that stays has been warned of, it was at its last apply.
    """
    if not any(plan.has_changes for plan in plans):
        version = site.terraform.executable.version
        return [Plan(stack=plan.stack, terraform_version=version) for plan in plans]
    read = [(plan, site.terraform.show(plan)) for plan in plans]
    return [found if plan.has_changes else replace(found, failed_checks=()) for plan, found in read]

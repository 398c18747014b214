"""From a stack's variables to an applied plan: plan, review, ask, apply exactly that file."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import islice

from wrapper import image, releases
from wrapper.delivery import slots, standing, tfvars, variants
from wrapper.delivery.answers import answers_changes
from wrapper.delivery.by_hand import by_hand, take_back
from wrapper.delivery.contents import Contents
from wrapper.delivery.deleted_services import deleted_services, init_without
from wrapper.delivery.imports import ids_to_import
from wrapper.delivery.site import APP, FOUNDATION, Site
from wrapper.delivery.unrecorded import with_unrecorded
from wrapper.environment import Environment
from wrapper.errors import Aborted, BlockedError, MovedError
from wrapper.review import Review, make_review, pulled_images, views
from wrapper.terraform import PlanFile
from wrapper.terraform.additions import Addition
from wrapper.terraform.plan import Plan, Summary

# How many of the newest releases the rules check that protect rollbacks.
_RELEASES = 10


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What applied plans changed, and which rules of the review were allowed, with the reason.

    `bounds` are the longest durations of the roll-outs, in seconds by service.
    """

    summary: Summary = field(default_factory=Summary)
    allowed: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(
            summary=self.summary + other.summary,
            allowed={**self.allowed, **other.allowed},
            bounds={**self.bounds, **other.bounds},
        )


NO_CHANGES = Changes()


def plan_stack(
    site: Site, stack: str, rendered: str, *, lock: bool = True, applicable: bool = True
) -> PlanFile:
    """Save a plan of the stack; without a state bucket it is a preview that cannot be applied.

    Without `lock` it is for one who only looks: see Terraform.plan. Not `applicable`, it may be a preview
    where that saves minutes.
    """
    has_state = site.has_state(stack)
    with site.command.console.step(f"Plan {stack}") as step:
        imported = ids_to_import(site, stack)
        rendered += tfvars.render_import_ids(imported)
        lost = deleted_services(site, stack) if has_state else {}
        if lost and not applicable:
            init_without(site, stack, rendered, lost)
        else:
            backend = site.backend(stack) if has_state else None
            site.terraform.init(stack, tfvars=rendered, backend=backend)
        for name in imported:
            step.progress(f"{name} exists already, and is imported")
        if lost:
            what = f"{', '.join(lost)}: somebody has deleted it from ECS, and an apply creates it again"
            is_slow = not lock and applicable
            site.command.console.warn(
                f"{what}; this plan takes two minutes longer." if is_slow else f"{what}."
            )
            if lock:
                site.terraform.forget(stack, list(lost.values()))
        is_first = has_state and stack == FOUNDATION
        with site.terraform.initialising(APP, backend=site.backend(APP)) if is_first else nullcontext():
            planned = site.terraform.plan(stack, lock=lock, progress=step.progress)
        if has_state:
            planned = with_unrecorded(site, planned, lock=lock, step=step)
        step.result(str(planned.summary) if planned.has_changes else "no changes")
    return planned


def plan_app(
    site: Site, environment: Environment, contents: Contents, *, lock: bool = True, applicable: bool = True
) -> tuple[PlanFile, Contents]:
    """Save a plan of the app; return it with the contents, which say which version goes into which slot.

    Only a plan shows whether a version is new: then a second plan puts it into the other slot, or takes the
    requests from a variant. With `lock`, requests first go back to the version that the plan keeps.
    """

    def save(contents: Contents) -> PlanFile:
        rendered = tfvars.render_app(environment, contents.renderable)
        return plan_stack(site, APP, rendered, lock=lock, applicable=applicable)

    app = site.app()
    shares = variants.shares(site, environment, app)
    contents = replace(contents, held=variants.held(shares))
    found = standing.standings(site, environment, app=app)
    contents = slots.arranged(site, environment, contents, found)
    if lock:
        slots.settle(site, environment, contents, found)
    planned = save(contents)
    held = variants.changing(site, contents, planned, shares)
    if new := slots.new_versions(environment, contents, planned, found):
        contents = slots.with_candidates(environment, contents, new)
        if lock:
            slots.settle(site, environment, contents, standing.standings(site, environment))
        site.command.console.note(f"{', '.join(new)}: a new version, which is tested beside the old one.")
    if new or held:
        contents = replace(contents, held=(*contents.held, *held))
        planned = save(contents)
    return planned, contents


def review_plans(
    site: Site,
    plans: Sequence[PlanFile],
    *,
    additions: Sequence[Addition] = (),
    notes: Sequence[str] = (),
    obstacles: Sequence[str] = (),
    allow: Mapping[str, str],
    going_back: bool = False,
) -> Review:
    """Read the plans, which takes seconds unless none changes anything, and say what they mean.

    `additions` were added by hand, and an apply would remove them; `obstacles` say why the plans cannot be
    applied as they are. For services in `going_back` the answers are not compared: callers already got them,
    and wait.
    """
    environment = site.command.environment
    with site.command.console.step(
        "Review the plans" if len(plans) > 1 else f"Review {plans[0].stack}"
    ) as step:
        read = _read(site, plans)
        answers = () if going_back else answers_changes(site, read, step)
        newest = islice(
            releases.releases(site.aws, bucket=environment.state_bucket, tell=site.command.console.warn),
            _RELEASES,
        )
        review = make_review(
            read,
            environment=environment,
            additions=additions,
            answers=answers,
            notes=notes,
            obstacles=obstacles,
            allow=allow,
            releases=tuple(newest),
            image_bytes=_image_bytes(site, read),
        )
        step.result(review.verdict.sentence.rstrip("."))
    return review


def _image_bytes(site: Site, plans: Sequence[Plan]) -> dict[str, int]:
    """Return the sizes of images in the account's own registry; an image to be built has none yet."""
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


def apply_stack(
    site: Site,
    stack: str,
    rendered: str,
    *,
    agreed: bool = False,
    beside: Sequence[str] = (),
    going_back: bool = False,
) -> Changes:
    """Plan, review, ask if there is something to agree to, apply exactly that plan; return what it changed.

    What was added by hand is reported and removed, in this stack and in those `beside` it together. Raises
    BlockedError if a rule of the review blocks and is not allowed, `agreed` or not.
    """
    planned = plan_stack(site, stack, rendered)
    return apply_planned(site, planned, agreed=agreed, beside=beside, going_back=going_back)


def apply_planned(
    site: Site,
    planned: PlanFile,
    *,
    agreed: bool = False,
    beside: Sequence[str] = (),
    going_back: bool = False,
    notes: Sequence[str] = (),
) -> Changes:
    """Do what `apply_stack` does with an existing plan; the review also shows the `notes`."""
    stack = planned.stack
    added = by_hand(site, [stack, *beside], [planned])
    if not (planned.has_changes or added):
        return NO_CHANGES
    review = review_plans(
        site, [planned], additions=added, notes=notes, allow=site.command.allow, going_back=going_back
    )
    return apply_reviewed(site, [planned], review, question=f"Apply {stack}", agreed=agreed)


def apply_together(site: Site, plans: Sequence[PlanFile], *, images: Mapping[str, str]) -> Changes:
    """Review saved plans as one, ask once, and apply those with changes, except what is removed `last`.

    `images` are reported and recorded as running, by service. Raises MovedError if the plans run others.
    """
    added = by_hand(site, [plan.stack for plan in plans], plans)
    review = review_plans(site, plans, additions=added, allow=site.command.allow)
    if review.has_changes:
        refuse_others(review, images)
    first = [plan for plan in plans if plan not in last(plans)]
    return apply_reviewed(site, first, review, question="Apply both stacks")


def last(plans: Sequence[PlanFile]) -> list[PlanFile]:
    """Return the plans to be applied after the verification: until then tasks may use what they destroy."""
    return [plan for plan in plans if plan.stack == FOUNDATION and plan.summary.destroy]


def apply_last(site: Site, plans: Sequence[PlanFile]) -> Changes:
    """Apply what `apply_together` has left, which was agreed to there."""
    changes = NO_CHANGES
    for plan in last(plans):
        changes += Changes(summary=_applied(site, plan))
    return changes


def destroyed(plan: PlanFile) -> frozenset[str]:
    """Return the addresses that a plan destroys or replaces."""
    return frozenset(each.address for each in plan.changes if each.action in ("delete", "replace"))


def apply_reviewed(
    site: Site, plans: Sequence[PlanFile], review: Review, *, question: str, agreed: bool = False
) -> Changes:
    """Ask, remove what was added by hand, and apply the plans with changes."""
    changes = NO_CHANGES
    if review.has_changes:
        consent(site, review, question=question, agreed=agreed)
        take_back(site, review.additions)
        for plan in plans:
            if plan.has_changes:
                changes += apply_plan(site, plan, review)
    return changes


def consent(site: Site, review: Review, *, question: str, agreed: bool = False) -> None:
    """Show the review if somebody has to agree to it or a rule blocks it; raise Aborted or BlockedError."""
    console = site.command.console
    must_ask = site.sandbox is None and not agreed
    if must_ask or review.blocked:
        console.note(views.text(review), styled=True)
    refuse_blocked(review)
    for rule, reason in review.allowed.items():
        console.warn(f"{rule} is allowed: {reason}")
    if must_ask and not console.confirm(f"{question} to account {site.command.environment.account_id}?"):
        raise Aborted("nothing was applied")


def apply_plan(site: Site, planned: PlanFile, review: Review) -> Changes:
    """Apply a saved plan that was reviewed and agreed to."""
    if planned.stack == APP:
        variants.take_leave(site, review.plans)
    return Changes(
        summary=_applied(site, planned),
        allowed=review.allowed,
        bounds={bound.service: bound.seconds for bound in review.rollouts},
    )


def refuse_others(review: Review, images: Mapping[str, str]) -> None:
    """Raise MovedError unless the plans run these images: a changed record may name any."""
    planned = pulled_images(review.plans)
    if others := [f"{name} must run {image}." for name, image in images.items() if image not in planned]:
        got = ", ".join(sorted(planned)) or "none"
        raise MovedError(
            "\n  ".join(["the saved plans run other images than their record says", *others, f"got {got}."]),
            fix="plan again, review, and apply the new plan",
        )


def _applied(site: Site, planned: PlanFile) -> Summary:
    with site.command.console.step(f"Apply {planned.stack}") as step:
        done = site.terraform.apply(planned, progress=step.progress)
        step.result(str(done))
    return done


def refuse_blocked(review: Review) -> None:
    """Raise BlockedError that names what blocks an apply, each with its address."""
    if not review.blocked:
        return
    found = [f"{each.rule}: {each.address}: {each.sentence}" for each in review.blocked]
    rules = dict.fromkeys(each.rule for each in review.blocked)
    options = " ".join(f'--allow {rule}="..."' for rule in rules)
    raise BlockedError(
        "\n  ".join([f"the plan of {review.environment} is blocked by {', '.join(rules)}", *found]),
        fix=f"change it, or give a reason to allow it: {options}, or review.allow in the environment file",
    )


def _read(site: Site, plans: Sequence[PlanFile]) -> list[Plan]:
    """Read all plans if any changes something: unchanged resources belong to the picture and to the cost.

    Warnings about an unchanged stack were shown at its last apply.
    """
    if not any(plan.has_changes for plan in plans):
        version = site.terraform.executable.version
        return [Plan(stack=plan.stack, terraform_version=version) for plan in plans]
    read = [(plan, site.terraform.show(plan)) for plan in plans]
    return [found if plan.has_changes else replace(found, failed_checks=()) for plan, found in read]

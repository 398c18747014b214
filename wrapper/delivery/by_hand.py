"""What somebody added by hand to the environment's resources: found for a review, and removed by an apply."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from wrapper.delivery.site import STACKS, Site
from wrapper.terraform import PlanFile
from wrapper.terraform.additions import Addition, States, additions
from wrapper.terraform.additions import take_back as taken_back
from wrapper.terraform.plan import Action


def by_hand(site: Site, stacks: Iterable[str], plans: Iterable[PlanFile] = ()) -> tuple[Addition, ...]:
    """Ask AWS what the resources of these stacks have that no state of the environment declares.

    Nor do the `plans` make or import it: after a kill it may be there and in no state. Empty before the first
    apply. Raises WrapperError.
    """
    if not site.has_state():
        return ()
    states = States(
        {stack: site.resources(stack) for stack in STACKS},
        tags=site.command.environment.tags,
        planned=_made(site, plans),
    )
    return tuple(each for stack in stacks for each in additions(site.aws, states, stack=stack))


def _made(site: Site, plans: Iterable[PlanFile]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for plan in plans:
        if plan.has_changes:
            for each in site.terraform.show(plan).resources:
                if each.action is Action.CREATE or each.imported:
                    yield each.type, each.after or {}


def take_back(site: Site, found: Sequence[Addition]) -> None:
    """Remove what the review has named, before Terraform creates what may conflict with it."""
    if not found:
        return
    with site.command.console.step("Remove what was added by hand") as step:
        for each in taken_back(site.aws, found):
            step.progress(f"{each.address}: {each.sentence}")
        step.result(f"{len(found)} removed")

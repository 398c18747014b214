"""What somebody added by hand to the environment's resources: found for a review, and removed by an apply."""

from collections.abc import Iterable, Sequence

from wrapper.delivery.site import STACKS, Site
from wrapper.terraform.additions import Addition, States, additions
from wrapper.terraform.additions import take_back as taken_back


def by_hand(site: Site, stacks: Iterable[str]) -> tuple[Addition, ...]:
    """Read from AWS what the resources of these stacks have that no state of the environment declares.

    Empty before the first apply. Raises WrapperError.
    """
    if not site.has_state():
        return ()
    states = States({stack: site.resources(stack) for stack in STACKS}, tags=site.command.environment.tags)
    return tuple(each for stack in stacks for each in additions(site.aws, states, stack=stack))


def take_back(site: Site, found: Sequence[Addition]) -> None:
    """Remove what the review has named, before Terraform creates what may conflict with it."""
    if not found:
        return
    with site.command.console.step("Remove what was added by hand") as step:
        for each in taken_back(site.aws, found):
            step.progress(f"{each.address}: {each.sentence}")
        step.result(f"{len(found)} removed")

"""A plan that imports what belongs to the environment and is in no state, instead of creating it again."""

from wrapper.console import Step
from wrapper.delivery.site import Site
from wrapper.terraform import PlanFile
from wrapper.terraform.unrecorded import unrecorded


def with_unrecorded(site: Site, planned: PlanFile, *, lock: bool, step: Step) -> PlanFile:
    """Plan again as long as a plan would create what exists.

    Return the plan itself if it creates nothing such.
    """
    imports: dict[str, str] = {}
    while any(each.action == "create" for each in planned.changes):
        plan = site.terraform.show(planned)
        found = unrecorded(site.aws, plan, tags=site.command.environment.tags, managed=site.managed())
        if not found.keys() - imports:
            break
        for address in found.keys() - imports:
            step.progress(f"{address} exists, but is in no state: it is imported")
        imports |= found
        site.terraform.take_over(planned.stack, imports)
        planned = site.terraform.plan(planned.stack, lock=lock, progress=step.progress)
    if imports:
        site.command.console.note(
            f"{len(imports)} of what {planned.stack} would create exist, but are in no state, "
            "as after a killed run: they are imported."
        )
    return planned

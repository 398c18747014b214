"""A plan that imports what is the environment's and in no state, instead of making it a second time."""

from wrapper.console import Step
from wrapper.delivery.site import Site
from wrapper.terraform import PlanFile
from wrapper.terraform.unrecorded import unrecorded


def with_unrecorded(site: Site, planned: PlanFile, *, lock: bool, step: Step) -> PlanFile:
    """Plan again for as long as a plan would create what is there already; the plan itself if none is."""
    imports: dict[str, str] = {}
    while any(each.action == "create" for each in planned.changes):
        plan = site.terraform.show(planned)
        found = unrecorded(site.aws, plan, tags=site.command.environment.tags, managed=site.managed())
        if not found.keys() - imports:
            break
        for address in found.keys() - imports:
            step.progress(f"{address} is there, and in no state: it is taken over")
        imports |= found
        site.terraform.take_over(planned.stack, imports)
        planned = site.terraform.plan(planned.stack, lock=lock, progress=step.progress)
    if imports:
        site.command.console.note(
            f"{len(imports)} of what {planned.stack} would make are there and in no state, as after a kill: "
            "they are taken over."
        )
    return planned

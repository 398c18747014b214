"""Detect drift: refresh both stacks, read what runs, find who changed it."""

from collections.abc import Iterator
from datetime import datetime

from wrapper import releases
from wrapper.delivery import tfvars
from wrapper.delivery.by_hand import by_hand
from wrapper.delivery.contents import stand_in
from wrapper.delivery.deleted_services import deleted_services, init_without
from wrapper.delivery.site import APP, FOUNDATION, STACKS, Command, Site, require
from wrapper.ecs.pauses import paused
from wrapper.verbs.drift import author
from wrapper.verbs.drift.outside import Change, added, changes, gone_service
from wrapper.verbs.drift.report import Drift
from wrapper.verbs.drift.running import differences


def drift(command: Command) -> Drift:
    """Compare what exists with what the last apply left.

    Takes no lock, writes no state. Raises PreconditionError if nothing was ever applied.
    """
    site = require(command)
    environment = command.environment
    with command.console.step("Compare what runs") as step:
        running = list(differences(site))
        step.result(f"{len(running)} differences")
    found = [
        *_changed(site, FOUNDATION, tfvars.render_foundation(environment)),
        # Refreshing does not depend on images and models.
        *_changed(site, APP, tfvars.render_app(environment, stand_in(environment))),
        *_added(site),
    ]
    last = (
        releases.newest(site.aws, bucket=environment.state_bucket, tell=site.command.console.warn)
        if found
        else None
    )
    since = datetime.fromisoformat(last.at) if last else None
    told, notes = author.named(site.aws, found, since=since)
    return Drift(environment=environment.name, changes=told, running=running, notes=notes)


def _added(site: Site) -> list[Change]:
    with site.command.console.step("Find what was added by hand") as step:
        found = by_hand(site, STACKS)
        step.result(f"{len(found)} added by hand")
    return [added(each) for each in found]


def _changed(site: Site, stack: str, rendered: str) -> Iterator[Change]:
    services = site.command.environment.services
    with site.command.console.step(f"Refresh {stack}") as step:
        lost = deleted_services(site, stack)
        if lost:
            init_without(site, stack, rendered, lost)
        else:
            site.terraform.init(stack, tfvars=rendered, backend=site.backend(stack))
        document = site.terraform.refresh(stack, only=not lost, progress=step.progress)
        scaling = {name: service.scaling for name, service in services.items()}
        resting = paused(site.aws, bucket=site.command.environment.state_bucket)
        found = [gone_service(name, address, stack=stack) for name, address in lost.items()]
        if document:
            sticky = [each.route.sticky_seconds for each in services.values() if each.route.sticky_seconds]
            found += changes(document, stack=stack, scaling=scaling, paused=resting, sticky=sticky)
        step.result(f"{len(found)} changed outside Terraform")
    yield from found

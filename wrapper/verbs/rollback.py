"""Rollback: choose a release, and deliver it like any other."""

from functools import partial

from wrapper import releases
from wrapper.delivery import from_release
from wrapper.delivery.applied import Applied
from wrapper.delivery.deliver import deliver
from wrapper.delivery.roll_out import Candidate
from wrapper.delivery.site import Command, Site, require
from wrapper.releases import Release


def rollback(command: Command, number: int | None) -> Applied:
    """Roll back to a release, by default the newest good one before; the verdict may be bad."""
    site = require(command)
    if not site.has_state():
        _chosen(site, number)  # there is no state bucket yet, so no lock can be kept in it
    choose = partial(_candidate, number=number)
    applied = deliver(site, choose, operation="rollback", foundation=False, is_rollback=True)
    command.console.note(
        f"environments/{command.environment.file}.yaml is unchanged: the next apply deploys it again."
    )
    return applied


def _candidate(site: Site, *, number: int | None) -> Candidate:
    return from_release.candidate_of(site, _chosen(site, number))


def _chosen(site: Site, number: int | None) -> Release:
    environment, app = site.command.environment, site.app()
    with site.command.console.step("Choose the release") as step:
        release = releases.choose(
            site.aws,
            bucket=environment.state_bucket,
            environment=environment.called,
            number=number,
            tell=site.command.console.warn,
            declared=app.task_definitions if app else {},
        )
        step.result(f"release {release.number} of {release.at}")
    return release

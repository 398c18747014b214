"""The story of rollback: choose a release and roll it out like anything else.

Asked for by a user, or by an apply that went wrong, see `recover`.
"""

import time
from collections.abc import Callable
from contextlib import nullcontext

from wrapper import releases as history
from wrapper.delivery import from_release as restoring
from wrapper.delivery import steps as stages
from wrapper.delivery.outcome import Applied
from wrapper.delivery.site import APP, FOUNDATION, Command, Site, require
from wrapper.errors import PreconditionError, RolloutError, WrapperError
from wrapper.releases import Release


def rollback(command: Command, number: int | None) -> Applied:
    """Go back to a release, by default the newest good one before; the verdict may be bad."""
    started = time.monotonic()
    site = require(command)
    with site.hold("rollback") if site.has_state() else nullcontext():
        return _rollback(site, number, started)


def _rollback(site: Site, number: int | None, started: float) -> Applied:
    command = site.command
    with command.console.step("Choose the release") as step:
        release = history.choose(
            site.aws,
            bucket=command.environment.state_bucket,
            environment=command.environment.name,
            number=number,
            declared=declared(site),
        )
        step.result(f"release {release.number} of {release.at}")
    applied = _go_back(site, release, started=started)
    command.console.note(
        f"environments/{command.environment.name}.yaml is as it was: the next apply goes forward to it again."
    )
    return applied


def recovering(site: Site, roll_out: Callable[[], Applied]) -> Applied:
    """Roll out and, if that goes wrong, go back; a failure stays a failure."""
    try:
        applied = roll_out()
    except RolloutError:
        recover(site)
        raise
    if not applied.ok:
        recover(site)
    return applied


def recover(site: Site) -> None:
    """After a bad roll-out: go back to the last good release, as the environment's `rollback` says.

    It only tells how that went. The failure that led here stays the failure.
    """
    environment, console = site.command.environment, site.command.console
    if environment.rollback == "never":
        return
    release = history.newest(site.aws, bucket=environment.state_bucket)
    if release is None:
        console.note("There is no earlier release to go back to.")
        return
    if environment.rollback == "ask" and not console.confirm(f"Go back to release {release.number}?"):
        return
    console.warn(f"Not good: going back to release {release.number}.")
    try:
        applied = _go_back(site, release, started=time.monotonic(), agreed=True)
    except WrapperError as error:
        console.warn(f"Going back failed, too: {error.message}")
    else:
        answers = "answers as it should" if applied.ok else "does not answer as it should, either"
        console.warn(f"Release {release.number} runs again and {answers}.")


def declared(site: Site) -> dict[str, str]:
    """Return the task definitions of the last apply, good or not, by service."""
    services = site.outputs(APP).get("services", {})
    return {name: output["task_definition_arn"] for name, output in services.items()}


def _go_back(site: Site, release: Release, *, started: float, agreed: bool = False) -> Applied:
    foundation = site.outputs(FOUNDATION)
    if not foundation:
        name = site.command.environment.name
        raise PreconditionError(
            f"{name} must have its repositories and model bucket for this, and they were never made.",
            fix=f"python -m wrapper apply {name}",
        )
    with site.command.console.step(f"Look for what release {release.number} needs") as step:
        candidate = restoring.candidate_of(site, release, foundation, agreed=agreed)
        step.result("its images and models are there")
    return stages.roll_out(site, candidate, started=started)

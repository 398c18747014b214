"""After a failed delivery: roll back to the last good release, as the environment's `rollback` says."""

from wrapper import releases
from wrapper.delivery import from_release
from wrapper.delivery.roll_out import roll_out
from wrapper.delivery.site import Site
from wrapper.errors import WrapperError


def recover(site: Site) -> None:
    """Roll back if there is an earlier release and the environment file allows it.

    It only reports the outcome. The error of the delivery stays the error of the command.
    """
    environment, console = site.command.environment, site.command.console
    if environment.rollback == "never":
        return
    release = releases.newest(site.aws, bucket=environment.state_bucket, tell=site.command.console.warn)
    if release is None:
        console.note("There is no earlier release to roll back to.")
        return
    try:
        candidate = from_release.candidate_of(site, release, agreed=True)
    except WrapperError as error:
        console.note(f"Release {release.number} cannot be rolled back to: {error.message}")
        return
    if environment.rollback == "ask" and not console.confirm(f"Roll back to release {release.number}?"):
        return
    console.warn(f"Not good: rolling back to release {release.number}.")
    try:
        applied = roll_out(site, candidate)
    except WrapperError as error:
        console.warn(f"The rollback failed, too: {error.message}")
    else:
        answers = "answers as it should" if applied.ok else "does not answer as it should, either"
        console.warn(f"Release {release.number} runs again and {answers}.")

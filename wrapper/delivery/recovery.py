"""After a delivery that failed: back to the last good release, as the environment's `rollback` says."""

from wrapper import releases
from wrapper.delivery import from_release
from wrapper.delivery.roll_out import roll_out
from wrapper.delivery.site import Site
from wrapper.errors import WrapperError


def recover(site: Site) -> None:
    """Go back if there is something to go back to and the environment wants it.

    It only tells how that went. The failure that led here stays the failure.
    """
    environment, console = site.command.environment, site.command.console
    if environment.rollback == "never":
        return
    release = releases.newest(site.aws, bucket=environment.state_bucket, tell=site.command.console.warn)
    if release is None:
        console.note("There is no earlier release to go back to.")
        return
    try:
        candidate = from_release.candidate_of(site, release, agreed=True)
    except WrapperError as error:
        console.note(f"Release {release.number} can't be gone back to: {error.message}")
        return
    if environment.rollback == "ask" and not console.confirm(f"Go back to release {release.number}?"):
        return
    console.warn(f"Not good: going back to release {release.number}.")
    try:
        applied = roll_out(site, candidate)
    except WrapperError as error:
        console.warn(f"Going back failed, too: {error.message}")
    else:
        answers = "answers as it should" if applied.ok else "does not answer as it should, either"
        console.warn(f"Release {release.number} runs again and {answers}.")

"""Remove the locks of killed runs, stack by stack, asking before each."""

from dataclasses import dataclass

from wrapper.delivery.site import APP, FOUNDATION, GITHUB, Command, Site, find
from wrapper.errors import Aborted
from wrapper.terraform import state
from wrapper.terraform.state import Lock


@dataclass(frozen=True, kw_only=True)
class Cleared:
    """The removed locks, and those whose removal was not agreed to."""

    cleared: tuple[Lock, ...] = ()
    kept: tuple[Lock, ...] = ()

    def raise_unless_done(self) -> None:
        """Raise Aborted that names what is still locked."""
        if self.kept:
            raise Aborted("\n  ".join(["not removed, since nobody agreed", *map(str, self.kept)]))


def clear(command: Command) -> Cleared:
    """Ask about each lock, and remove it if the user agrees."""
    site = find(command)
    return clear_at(site) if site and site.has_state() else Cleared()


def clear_at(site: Site) -> Cleared:
    """Do so where there is a state bucket."""
    command, bucket = site.command, site.command.environment.state_bucket
    cleared, kept = [], []
    for key in (state.KEY, *(site.backend(stack).key for stack in (FOUNDATION, APP, GITHUB))):
        lock = state.lock_of(site.aws, bucket, key)
        if lock and command.console.confirm(f"Remove {lock}? Only if that run has ended."):
            state.unlock(site.aws, bucket, key, expected=lock)
            cleared.append(lock)
        elif lock:
            kept.append(lock)
    return Cleared(cleared=tuple(cleared), kept=tuple(kept))

"""Clear the locks of runs that were killed, stack by stack, each after asking."""

from wrapper.delivery.site import APP, FOUNDATION, Command, find
from wrapper.terraform import state
from wrapper.terraform.state import Lock


def clear(command: Command) -> list[Lock]:
    """Return the locks that were cleared; those that nobody agreed to clear stay."""
    site = find(command)
    if site is None or not site.has_state():
        return []
    bucket = command.environment.state_bucket
    cleared = []
    for key in (state.KEY, *(site.backend(stack).key for stack in (FOUNDATION, APP))):
        lock = state.lock_of(site.aws, bucket, key)
        if lock and command.console.confirm(f"Clear {lock}? Only if that run is dead."):
            state.unlock(site.aws, bucket, key, expected=lock)
            cleared.append(lock)
    return cleared

"""Clear the locks of runs that were killed, stack by stack, each after asking."""

from wrapper.delivery.site import APP, FOUNDATION, Job, find
from wrapper.terraform import state
from wrapper.terraform.state import Lock


def clear(job: Job) -> list[Lock]:
    """Return the locks that were cleared; those that nobody agreed to clear stay."""
    ground = find(job)
    if ground is None or not ground.has_state():
        return []
    bucket = job.environment.state_bucket
    cleared = []
    for key in (state.KEY, *(ground.backend(stack).key for stack in (FOUNDATION, APP))):
        lock = state.lock_of(ground.aws, bucket, key)
        if lock and job.console.confirm(f"Clear {lock}? Only if that run is dead."):
            state.unlock(ground.aws, bucket, key, expected=lock)
            cleared.append(lock)
    return cleared

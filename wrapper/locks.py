"""Clear the locks of runs that were killed, stack by stack, each after asking."""

from wrapper import state
from wrapper.ground import APP, FOUNDATION, Job, find
from wrapper.state import Lock


def clear(job: Job) -> list[Lock]:
    """Return the locks that were cleared; those that nobody agreed to clear stay."""
    ground = find(job)
    if ground is None or not ground.has_state():
        return []
    cleared = []
    for stack in (FOUNDATION, APP):
        backend = ground.backend(stack)
        lock = state.lock_of(ground.aws, backend.bucket, backend.key)
        if lock and job.console.confirm(f"Clear the lock of {stack}, {lock}? Only if that run is dead."):
            state.unlock(ground.aws, backend.bucket, backend.key, expected=lock)
            cleared.append(lock)
    return cleared

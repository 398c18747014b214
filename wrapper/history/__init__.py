"""The releases of an environment: every verified deployment, kept in the state bucket."""

from wrapper.history.choice import choose
from wrapper.history.origin import commit, who
from wrapper.history.record import Release, RolloutTime, ServiceRecord
from wrapper.history.store import append, find, newest, numbers, releases

__all__ = [
    "Release",
    "RolloutTime",
    "ServiceRecord",
    "append",
    "choose",
    "commit",
    "find",
    "newest",
    "numbers",
    "releases",
    "who",
]

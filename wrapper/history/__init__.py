"""The releases of an environment: every verified deployment, kept in the state bucket."""

from wrapper.history.choice import choose
from wrapper.history.origin import commit, who
from wrapper.history.protection import TAG_PREFIX, protect, protect_release
from wrapper.history.record import Release, RolloutTime, ServiceRecord
from wrapper.history.store import append, find, newest, numbers, releases

__all__ = [
    "TAG_PREFIX",
    "Release",
    "RolloutTime",
    "ServiceRecord",
    "append",
    "choose",
    "commit",
    "find",
    "newest",
    "numbers",
    "protect",
    "protect_release",
    "releases",
    "who",
]

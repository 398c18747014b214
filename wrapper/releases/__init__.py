"""The releases of an environment: every verified deployment, kept in the state bucket."""

from wrapper.releases.choice import choose, numbered
from wrapper.releases.protection import TAG_PREFIX, protect, protect_release
from wrapper.releases.record import VERSIONED, Release, RolloutTime, ServiceRecord
from wrapper.releases.store import append, find, newest, numbers, releases

__all__ = [
    "TAG_PREFIX",
    "VERSIONED",
    "Release",
    "RolloutTime",
    "ServiceRecord",
    "append",
    "choose",
    "find",
    "newest",
    "numbered",
    "numbers",
    "protect",
    "protect_release",
    "releases",
]

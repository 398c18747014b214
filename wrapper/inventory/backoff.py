"""Exponential back-off for reads that AWS may answer with old data."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_FIRST_SECONDS = 1.0
_MOST_SECONDS = 20.0


def retry_until(
    look: Callable[[], T], *, good: Callable[[T], bool], seconds: float, pause: Callable[[float], None]
) -> T:
    """Call `look` until its result is `good` or the pauses add up to `seconds`; return the last result.

    Each pause is twice as long as the one before, up to 20 s.
    """
    found, next_pause, left = look(), _FIRST_SECONDS, seconds
    while left > 0 and not good(found):
        this = min(next_pause, left)
        pause(this)
        left -= this
        next_pause = min(2 * next_pause, _MOST_SECONDS)
        found = look()
    return found

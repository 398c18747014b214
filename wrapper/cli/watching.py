"""Refresh repeatedly; a failed refresh is reported, and the next one is tried."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from wrapper.errors import WrapperError

T = TypeVar("T")

# The exit code that a shell reports for a program that Ctrl-C has ended.
_INTERRUPTED = 130


@contextmanager
def until_interrupted() -> Iterator[None]:
    """End without a message at Ctrl-C: that is how a watch ends, not an error."""
    try:
        yield
    except KeyboardInterrupt:
        click.get_current_context().exit(_INTERRUPTED)


def looks(
    look: Callable[[], T], *, seconds: float, sleep: Callable[[float], None] = time.sleep
) -> Iterator[T | WrapperError]:
    """Yield the result of each refresh, without end; the first must succeed, a later one may be an error."""
    yield look()
    while True:
        sleep(seconds)
        try:
            found: T | WrapperError = look()
        except WrapperError as error:
            found = error
        yield found

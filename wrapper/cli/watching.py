"""Look again and again; a look that fails is told, and is no reason to stop."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import click

from wrapper.errors import WrapperError

T = TypeVar("T")

# What a shell reports for a program that Ctrl-C has ended.
_INTERRUPTED = 130


@contextmanager
def until_interrupted() -> Iterator[None]:
    """End in silence at Ctrl-C: it is how this ends, and no error."""
    try:
        yield
    except KeyboardInterrupt:
        click.get_current_context().exit(_INTERRUPTED)


def looks(
    look: Callable[[], T], *, seconds: float, sleep: Callable[[float], None] = time.sleep
) -> Iterator[T | WrapperError]:
    """Yield what each look finds, without end; the first one must succeed, a later one may be an error."""
    yield look()
    while True:
        sleep(seconds)
        try:
            found: T | WrapperError = look()
        except WrapperError as error:
            found = error
        yield found

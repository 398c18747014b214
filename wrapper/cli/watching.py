"""Look again and again; a look that fails is told, and is no reason to stop."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from wrapper.errors import WrapperError

T = TypeVar("T")


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

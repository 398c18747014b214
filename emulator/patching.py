"""Put a function of ours in the place of one of ministack's."""

from collections.abc import Callable
from functools import partial, update_wrapper
from types import ModuleType
from typing import Any

# Where ministack's modules keep their handlers by action.
_TABLES = ("_ACTION_MAP", "_HANDLERS", "_IAM_HANDLERS")


def wrap(module: ModuleType, name: str, replacement: Callable[..., Any]) -> None:
    """Let `replacement(original, *args)` answer for `module.name`, also where a table of actions names it."""
    original = getattr(module, name)
    replace(module, name, partial(replacement, original))


def replace(module: ModuleType, name: str, replacement: Callable[..., Any]) -> None:
    """Let `replacement(*args)` answer for `module.name`, also where a table of actions names it.

    A name that upstream no longer has is an AttributeError at the start, not a patch that does nothing.
    """
    original = getattr(module, name)
    new = update_wrapper(partial(replacement), original)
    setattr(module, name, new)
    for table in (getattr(module, table, {}) for table in _TABLES):
        for action, handler in table.items():
            if handler is original:
                table[action] = new

"""Replace functions of ministack by our own."""

from collections.abc import Callable
from functools import partial, update_wrapper
from types import ModuleType
from typing import Any

# The tables in ministack's modules from action to handler.
_TABLES = ("_ACTION_MAP", "_HANDLERS", "_IAM_HANDLERS")


def wrap(module: ModuleType, name: str, replacement: Callable[..., Any]) -> None:
    """Replace `module.name` by `replacement(original, *args)`, also in the module's tables of actions."""
    original = getattr(module, name)
    replace(module, name, partial(replacement, original))


def replace(module: ModuleType, name: str, replacement: Callable[..., Any]) -> None:
    """Replace `module.name` by `replacement(*args)`, also in the module's tables of actions.

    Raises AttributeError for a name that ministack no longer has: the patch would have no effect.
    """
    original = getattr(module, name)
    new = update_wrapper(partial(replacement), original)
    setattr(module, name, new)
    for table in (getattr(module, table, {}) for table in _TABLES):
        for action, handler in table.items():
            if handler is original:
                table[action] = new

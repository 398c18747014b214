"""Which of several target groups gets a request, by the weights that a forward action gives them."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

# How far a turn is from the one before, as a part of all: shares come out even over few requests.
_STEP = 0.6180339887498949
_lock = threading.Lock()
_turns: dict[tuple[tuple[str, int], ...], float] = {}


def groups_of(action: Mapping[str, Any]) -> list[tuple[str, int]]:
    """List an action's target groups, each with its weight; one that stands alone weighs 1."""
    named = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if not named:
        return [(action["TargetGroupArn"], 1)] if action.get("TargetGroupArn") else []
    return [(group["TargetGroupArn"], group["Weight"]) for group in named]


def chosen(groups: Sequence[tuple[str, int]]) -> str:
    """Return the group whose turn it is, in the proportion of the weights; "" if none weighs anything.

    AWS asks no other group where the chosen one has no target that is well.
    """
    key, total = tuple(groups), sum(weight for _, weight in groups)
    with _lock:
        turn = _turns[key] = (_turns.get(key, 0.0) + _STEP) % 1
    place = turn * total
    for group, weight in groups:
        if place < weight:
            return group
        place -= weight
    return ""

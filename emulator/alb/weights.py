"""Which of several target groups gets a request: the caller's cookie says it, or else their weights."""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import Any

# How far a turn is from the one before, as a part of all: shares come out even over few requests.
_STEP = 0.6180339887498949
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
_COOKIE, _CORS = "AWSALBTG", "AWSALBTGCORS"
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


def kept(action: Mapping[str, Any], cookies: str) -> str:
    """Return the group that the caller has a cookie of, whatever its weight is; "" if there is none.

    A group that the action does not name any more keeps nobody.
    """
    if not sticky_seconds(action):
        return ""
    try:
        found = SimpleCookie(cookies)
    except CookieError:
        return ""
    named = {found[name].value for name in (_COOKIE, _CORS) if name in found}
    return next((group for group, _ in groups_of(action) if _mark(group) in named), "")


def cookies_of(action: Mapping[str, Any], group: str) -> list[str]:
    """Return the cookies by which the caller comes to the group again; none without stickiness."""
    seconds = sticky_seconds(action)
    if not seconds:
        return []
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    plain = f"={_mark(group)}; Expires={until}; Path=/"
    return [f"{_COOKIE}{plain}", f"{_CORS}{plain}; SameSite=None"]


def sticky_seconds(action: Mapping[str, Any]) -> int:
    """Return for how long a caller stays with a group; 0 is not at all."""
    config = action.get("ForwardConfig", {})
    return int(config.get("Seconds") or 0) if config.get("Sticky") == "true" else 0


def _mark(group: str) -> str:
    return sha256(group.encode()).hexdigest()

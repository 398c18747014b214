"""Choose one of several target groups for a request: by the caller's cookie, else by the weights."""

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import Any

# The golden ratio's fraction as the step between turns, so that even a few requests are shared by the
# weights.
_STEP = 0.6180339887498949
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html
_COOKIE, _CORS = "AWSALBTG", "AWSALBTGCORS"
_lock = threading.Lock()
_turns: dict[tuple[tuple[str, int], ...], float] = {}


def groups_of(action: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return an action's target groups with their weights; a single one has the weight 1."""
    named = action.get("ForwardConfig", {}).get("TargetGroups", [])
    if not named:
        return [(action["TargetGroupArn"], 1)] if action.get("TargetGroupArn") else []
    return [(group["TargetGroupArn"], group["Weight"]) for group in named]


def chosen(groups: Sequence[tuple[str, int]]) -> str:
    """Return the group for the next request, in proportion to the weights; "" if all weights are 0.

    Like AWS, it does not choose another group if this one has no healthy target.
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


def sticky_group(action: Mapping[str, Any], cookies: str) -> str:
    """Return the group in the caller's cookie, whatever its weight; "" without a cookie.

    Also "" if the action no longer names the group.
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
    """Return the cookies that keep the caller with the group; none without stickiness."""
    seconds = sticky_seconds(action)
    if not seconds:
        return []
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    plain = f"={_mark(group)}; Expires={until}; Path=/"
    return [f"{_COOKIE}{plain}", f"{_CORS}{plain}; SameSite=None"]


def sticky_seconds(action: Mapping[str, Any]) -> int:
    """Return for how many seconds a caller stays with a group; 0 without stickiness."""
    config = action.get("ForwardConfig", {})
    return int(config.get("Seconds") or 0) if config.get("Sticky") == "true" else 0


def _mark(group: str) -> str:
    return sha256(group.encode()).hexdigest()

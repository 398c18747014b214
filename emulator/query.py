"""A request of AWS's Query protocol (`Dimensions.member.1.Name=…`) as the lists and maps that it flattens."""

from collections.abc import Mapping
from typing import Any


def structured(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request's parameters nested; every value is text."""
    tree: dict[str, Any] = {}
    for name, values in params.items():
        *path, last = name.split(".")
        place = tree
        for part in path:
            place = place.setdefault(part, {})
        place[last] = values[0] if isinstance(values, list) else values
    return {name: _lists(value) for name, value in tree.items()}


def _lists(value: Any) -> Any:
    """Make lists of `{"member": {"1": …, "2": …}}`, at any depth."""
    if not isinstance(value, dict):
        return value
    if set(value) == {"member"}:
        return [_lists(item) for _, item in sorted(value["member"].items(), key=lambda pair: int(pair[0]))]
    return {name: _lists(item) for name, item in value.items()}

"""AWS's Query protocol: a request (`Dimensions.member.1.Name=…`) as lists and maps, and a reply as XML."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape


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
    """Convert `{"member": {"1": …, "2": …}}` to a list, at any depth."""
    if not isinstance(value, dict):
        return value
    if set(value) == {"member"}:
        return [_lists(item) for _, item in sorted(value["member"].items(), key=lambda pair: int(pair[0]))]
    return {name: _lists(item) for name, item in value.items()}


def xml_of(value: Any, name: str = "") -> str:
    """Return a reply's XML. A Timestamp is in seconds since 1970; names that begin with _ are left out."""
    if isinstance(value, dict):
        return "".join(
            f"<{key}>{xml_of(item, key)}</{key}>"
            for key, item in value.items()
            if item is not None and item != "" and not key.startswith("_")
        )
    if isinstance(value, list):
        return "".join(f"<member>{xml_of(item, name.removesuffix('s'))}</member>" for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if name.endswith("Timestamp"):
        return f"{datetime.fromtimestamp(float(value), UTC):%Y-%m-%dT%H:%M:%SZ}"
    return escape(str(value))

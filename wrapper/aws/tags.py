"""Tags in AWS's lists, as a mapping."""

from collections.abc import Iterable, Mapping


def tags_of(pairs: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """Return AWS's lists of {Key, Value} as a mapping."""
    return {str(pair["Key"]): str(pair["Value"]) for pair in pairs}

"""Tags as AWS lists them, read into a mapping."""

from collections.abc import Iterable, Mapping


def tags_of(pairs: Iterable[Mapping[str, object]]) -> dict[str, str]:
    """Read AWS's lists of {Key, Value}."""
    return {str(pair["Key"]): str(pair["Value"]) for pair in pairs}

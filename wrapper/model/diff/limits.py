"""What of a comparison is beyond the limits that an environment file sets."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from wrapper.environment import ListLimits
from wrapper.model.diff.comparison import DEPTH

_LEAST = {"overlap": f"mean overlap@{DEPTH}", "rbo": "mean RBO"}
_MOST = {
    "changed": f"of the users have another top {DEPTH}",
    "users_lost": "of the users are lost",
    "items_lost": "of the items are lost",
    "values": "of the compared values differ",
}


class Beyond(NamedTuple):
    """Sentences without a full stop; what blocks is no warning as well."""

    block: list[str]
    warn: list[str]


def beyond(measures: Mapping[str, float | None], *, block: ListLimits, warn: ListLimits) -> Beyond:
    """Judge a comparison's `measures` by the limits that have their names."""
    blocking = dict(_broken(measures, block))
    warning = [words for key, words in _broken(measures, warn) if key not in blocking]
    return Beyond(list(blocking.values()), warning)


def _broken(measures: Mapping[str, float | None], limits: ListLimits) -> Iterator[tuple[str, str]]:
    """Yield each limit's key and what is to be said of it."""
    for key, found in measures.items():
        limit = getattr(limits, key, None)
        if limit is None:
            continue
        if key in _LEAST and (found is None or found < limit):
            what = _LEAST[key]
            told = f"{what} is {found:.2f}" if found is not None else f"no user is in both to have {what}"
            yield key, f"{told}, at least {limit:g} is wanted"
        if key in _MOST and found is not None and found > limit:
            yield key, f"{found:.1%} {_MOST[key]}, at most {limit:.1%} is wanted"
